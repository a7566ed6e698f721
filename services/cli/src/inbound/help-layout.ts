import { Help } from 'commander';

/** Heading of the options that say where services are: most people set them once. */
export const WHERE = 'Where the services are:';

const plain = new Help();

/** How help is laid out: what a command needs is marked, a switch that is off does not say so, and what every command has comes last. */
export const HELP_LAYOUT: Partial<Help> = {
  optionDescription: (option) => (option.defaultValue === false ? option.description : plain.optionDescription(option)) + (option.mandatory ? ' (required)' : ''),
  groupItems(unsorted, visible, groupOf) {
    const isLast = (item: (typeof unsorted)[number]): number => Number(groupOf(item) === WHERE);
    return plain.groupItems(unsorted.toSorted((one, other) => isLast(one) - isLast(other)), visible, groupOf);
  },
};
