/** Where the story is shown: on a terminal a table that is drawn over, elsewhere plain lines. */
export interface Screen {
  line(text: string): void;
  /** A table that replaces the one before; plain output shows only the last. */
  draw(table: string): void;
  /** The table so far stays; what follows is below it. */
  settle(): void;
}

export function screenOf(stream: NodeJS.WriteStream): Screen {
  let drawn = 0;
  let last = '';
  const up = (lines: number): string => (lines > 0 ? `\u001B[${lines}A\u001B[0J` : '');
  return {
    line(text) {
      if (stream.isTTY && drawn > 0) stream.write(up(drawn));
      stream.write(`${text}\n`);
      if (stream.isTTY && drawn > 0) stream.write(`${last}\n`);
    },
    draw(table) {
      last = clipped(table, stream);
      if (!stream.isTTY) return;
      stream.write(`${up(drawn)}${last}\n`);
      drawn = last.split('\n').length;
    },
    settle() {
      if (!stream.isTTY && last !== '') stream.write(`${last}\n`);
      drawn = 0;
      last = '';
    },
  };
}

/** A line that wraps would be counted wrong when it is drawn over. */
function clipped(table: string, stream: NodeJS.WriteStream): string {
  const columns = stream.isTTY ? stream.columns : 200;
  return table.split('\n').map((line) => (line.length > columns - 1 ? `${line.slice(0, columns - 2)}…` : line)).join('\n');
}
