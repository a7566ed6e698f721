import { ClassifiedError, type Failure } from '@rolebridge/contracts';

type Verdict = Omit<Failure, 'message'> & { readonly message: string };

const TOO_LARGE: Verdict = { kind: 'rejected', code: 'record-too-large', message: 'The broker refuses the record: it is larger than its topic allows (max.message.bytes).' };
const REFUSED: Verdict = { kind: 'rejected', code: 'record-refused', message: 'The broker refuses the record as invalid for its topic.' };
const NO_TOPIC: Verdict = { kind: 'halting', code: 'topic-missing', message: 'A topic does not exist: create the topics first (npm script or job create-topics).' };
const NO_RIGHT: Verdict = { kind: 'halting', code: 'kafka-not-authorised', message: 'The broker refuses our credentials or rights: check the Kafka user and its access rules.' };
const FENCED: Verdict = { kind: 'transient', code: 'fenced', message: 'A newer publisher with the same transactional id has taken over; this one must not write any more.' };
const UNAVAILABLE: Verdict = { kind: 'transient', code: 'kafka-unavailable', message: 'The broker did not answer in time or cannot be reached; what was sent to it may or may not have arrived.' };

/** By the names of the Kafka protocol's error codes (kafka.apache.org/protocol, "Error Codes"), as kafkajs spells them. */
const VERDICTS: Readonly<Record<string, Verdict>> = {
  MESSAGE_TOO_LARGE: TOO_LARGE,
  RECORD_LIST_TOO_LARGE: TOO_LARGE,
  INVALID_RECORD: REFUSED,
  CORRUPT_MESSAGE: REFUSED,
  UNSUPPORTED_FOR_MESSAGE_FORMAT: REFUSED,
  UNKNOWN_TOPIC_OR_PARTITION: NO_TOPIC,
  INVALID_TOPIC_EXCEPTION: NO_TOPIC,
  TOPIC_AUTHORIZATION_FAILED: NO_RIGHT,
  GROUP_AUTHORIZATION_FAILED: NO_RIGHT,
  CLUSTER_AUTHORIZATION_FAILED: NO_RIGHT,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: NO_RIGHT,
  SASL_AUTHENTICATION_FAILED: NO_RIGHT,
  INVALID_PRODUCER_EPOCH: FENCED,
  PRODUCER_FENCED: FENCED,
  TRANSACTION_COORDINATOR_FENCED: FENCED,
};

/** What went wrong at the broker, as one of the failure kinds. The message names no record content. */
export function classify(error: unknown): ClassifiedError {
  if (error instanceof ClassifiedError) return error;
  return new ClassifiedError(verdictOf(error), { cause: error });
}

function verdictOf(error: unknown): Verdict {
  for (const one of causes(error)) {
    if (one instanceof Error && one.name === 'KafkaJSSASLAuthenticationError') return NO_RIGHT;
    const verdict = VERDICTS[protocolType(one)];
    if (verdict) return verdict;
  }
  return UNAVAILABLE;
}

/** An error and what it wraps; kafkajs puts the original into `cause`. */
function causes(error: unknown): readonly unknown[] {
  if (!(error instanceof Error)) return [error];
  return [error, ...(error.cause === undefined || error.cause === error ? [] : causes(error.cause))];
}

/** The protocol's name of the error: set by kafkajs on `KafkaJSProtocolError`, empty on all others. */
export function protocolType(error: unknown): string {
  return error instanceof Error && 'type' in error && typeof error.type === 'string' ? error.type : '';
}
