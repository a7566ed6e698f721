export { bodyText } from './control.routes.ts';
export type { LoggedCall, Counters, LogPage } from './call-log.ts';
export type { Cost } from './cost.ts';
export type { Aim, OrderedFault, ProtocolFault } from './fault-book.ts';
export * from './faults.ts';
export type { Answer, Call, ProtocolAnswers, RunningSimulator, SimulatorContext, SimulatorOptions } from './port.ts';
export { seededRandom } from './random.ts';
export { startSimulator } from './simulator.ts';
