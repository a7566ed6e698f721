import { createParamDecorator, Inject, Injectable, SetMetadata, type CanActivate, type CustomDecorator, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Authenticator } from '../authenticator.ts';
import type { Operator, OperatorRight } from '../people.ts';
import { problem, PROBLEM_TYPE } from './problem.ts';

export * from './problem.ts';

/** Provide what `loadOperators` returned under this token. */
export const OPERATORS = Symbol('OPERATORS');

const RIGHT = 'rolebridge:right';

/** The right that a route (or every route of a controller) needs. */
export function RequireRight(right: OperatorRight): CustomDecorator {
  return SetMetadata(RIGHT, right);
}

interface Request {
  readonly headers: Readonly<Record<string, string | undefined>>;
  operator?: Operator;
}

interface Reply {
  header(name: string, value: string): unknown;
}

/**
 * Lets operators with the right of {@link RequireRight} pass; a route that names none lets nobody pass. Answers 401 with
 * `WWW-Authenticate`, or 403, as JSON problem.
 */
@Injectable()
export class OperatorGuard implements CanActivate {
  readonly #operators: Authenticator<Operator>;
  readonly #reflector: Reflector;

  constructor(@Inject(OPERATORS) operators: Authenticator<Operator>, @Inject(Reflector) reflector: Reflector) {
    this.#operators = operators;
    this.#reflector = reflector;
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const reply = context.switchToHttp().getResponse<Reply>();
    const operator = await this.#operators.authenticate(request.headers['authorization']);
    if (!operator) {
      reply.header('WWW-Authenticate', 'Bearer realm="rolebridge", Basic realm="rolebridge", charset="UTF-8"');
      reply.header('Content-Type', PROBLEM_TYPE);
      throw problem(401, 'The credentials of an operator are missing or wrong.');
    }
    const right = this.#reflector.getAllAndOverride<OperatorRight | undefined>(RIGHT, [context.getHandler(), context.getClass()]);
    if (!right || !operator.rights.includes(right)) {
      reply.header('Content-Type', PROBLEM_TYPE);
      throw problem(403, right ? `This needs the right ${right}, which ${operator.name} does not have.` : 'Nobody may use this route: it names no right.');
    }
    request.operator = operator;
    return true;
  }
}

/** Parameter decorator: the operator that {@link OperatorGuard} let pass. */
export const CurrentOperator = createParamDecorator((_: unknown, context: ExecutionContext): Operator | undefined => context.switchToHttp().getRequest<Request>().operator);
