import { InvalidArgumentError } from 'commander';

export function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number from 1 up.');
  return value;
}

export function wholeOrZero(text: string): number {
  return text === '0' ? 0 : positive(text);
}

export function numbers(text: string): readonly number[] {
  return text.split(',').map(positive);
}
