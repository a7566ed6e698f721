export { backUp } from './backup.ts';
export { startKafka, type KafkaOptions, type RunningKafka } from './kafka.ts';
export { uniquePrefix, uniqueSchema } from './names.ts';
export { startPostgres, type PostgresOptions, type RunningPostgres } from './postgres.ts';
export { StackProblem, type Progress, type Running } from './stack-problem.ts';
export { startStack, type RunningStack, type StackOptions } from './stack.ts';
export { TestAuthority, type TestCertificate } from './test-certificates.ts';
export { testStack, type TestStack } from './test-stack.ts';
