/** A day, or an instant with its offset, as PostgreSQL reads it too: years 0001 to 9999, offsets of at most 14 hours. */
const INSTANT = /^(?!0000)\d{4}-\d{2}-\d{2}(T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-](0\d|1[0-4]):[0-5]\d))?$/;

/** The instant in UTC with milliseconds; a day is its first moment. `undefined` when the text is none. */
export function instantOf(text: string): string | undefined {
  if (!INSTANT.test(text) || !isCalendarDay(text.slice(0, 10))) return undefined;
  return new Date(text).toISOString();
}

/** `Date.parse` rolls 30 February over to March. */
function isCalendarDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
