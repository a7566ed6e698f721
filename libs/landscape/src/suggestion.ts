/** The known word closest to `word`, if it is close enough to have been meant. */
export function closest(word: string, known: readonly string[]): string | undefined {
  const limit = Math.max(2, Math.floor(word.length / 3));
  const [best] = known
    .map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter((scored) => scored.distance <= limit)
    .toSorted((a, b) => a.distance - b.distance);
  return best?.candidate;
}

/** Levenshtein: insertions, deletions and replacements from `a` to `b`. */
function distance(a: string, b: string): number {
  const first = Array.from({ length: b.length + 1 }, (_, index) => index);
  const last = a.split('').reduce<readonly number[]>((above, letter, row) => {
    const line = [row + 1];
    for (const [index, other] of b.split('').entries()) {
      const replaced = (above[index] ?? 0) + (letter === other ? 0 : 1);
      line.push(Math.min(replaced, (above[index + 1] ?? 0) + 1, (line[index] ?? 0) + 1));
    }
    return line;
  }, first);
  return last.at(-1) ?? 0;
}
