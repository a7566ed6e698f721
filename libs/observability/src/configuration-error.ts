/** The configuration is wrong. `problems` has one sentence per field: which one, what is wrong, what would be right. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/**
 * Runs the start of a process. Wrong configuration ends it with exit code 1 and one line per problem on standard error, without a
 * stack trace; any other error is thrown on.
 */
export async function exitOnConfigurationError(run: () => Promise<unknown>, exit: (code: number) => void = (code) => process.exit(code)): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(error.problems.map((problem) => `${problem}\n`).join(''));
    exit(1);
  }
}
