import { isSecretReference } from '@rolebridge/landscape';
import { ValidateBy, type ValidationOptions } from 'class-validator';

const SECRET = 'must name a secret as {env: NAME} or {file: path}, never hold it';

/** `{env: NAME}` or `{file: path}`: never the secret itself. */
export function IsSecretReference(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy({ name: 'isSecretReference', validator: { validate: isSecretReference, defaultMessage: () => SECRET } }, options);
}

/** A regular expression that compiles. */
export function IsPattern(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy({ name: 'isPattern', validator: { validate: isPattern, defaultMessage: () => 'must be a regular expression' } }, options);
}

function isPattern(value: unknown): boolean {
  if (typeof value !== 'string' || value === '') return false;
  try {
    return new RegExp(value, 'iu') instanceof RegExp;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
