import test from 'ava';
import * as errors from './errors.ts';

type Constructor = new (message?: string) => Error;
const classes = Object.entries(errors).filter(
  (entry): entry is [string, Constructor & (typeof entry)[1]] => /Exception$/.test(entry[0]),
) as [string, Constructor][];

test('[JMS 10] all 24 exceptions of JMS are there, their roots, and four of Java', (t) => {
  const names = classes.map(([name]) => name);
  const ofJava = names.filter((name) => /^(NumberF|Unsupp|IllegalArg|NullP)/.test(name));
  t.is(ofJava.length, 4);
  t.is(names.filter((name) => !ofJava.includes(name)).length, 24);
});

for (const [name, ErrorClass] of classes) {
  test(`[JMS 10] ${name}: name, code, message, stack`, (t) => {
    const error = new ErrorClass('why');
    t.is(error.name, name);
    t.is(error.message, 'why');
    t.regex((error as Error & { code: string }).code, /^ERR_JMS(_[A-Z_]+)?$/);
    t.true(error instanceof Error);
    t.true(error instanceof ErrorClass);
    t.true(errors.isJMSError(error));
    t.is(
      error instanceof errors.JMSException,
      ErrorClass.prototype instanceof errors.JMSException ||
        name === 'JMSException' ||
        isChecked(name),
    );
  });
}

function isChecked(name: string): boolean {
  return !/Runtime|^(NumberF|Unsupp|IllegalArg|NullP)/.test(name);
}

test('[JMS 10.2] instanceof holds across two copies of the package', async (t) => {
  const copy = (await import(`./errors.js?${'copy'}`)) as typeof errors;
  t.not(copy.JMSException, errors.JMSException);
  const error = new copy.InvalidDestinationException('gone', 'E1');
  t.true(error instanceof errors.InvalidDestinationException);
  t.true(error instanceof errors.JMSException);
  t.false(error instanceof errors.IllegalStateException);
  t.false(error instanceof errors.JMSRuntimeException);
});

test('[JMS 10.2] heirs that a user makes are told apart', (t) => {
  class Mine extends errors.JMSException {}
  t.true(new Mine('x') instanceof errors.JMSException);
  t.true(new Mine('x') instanceof Mine);
  t.false(new errors.JMSException('x') instanceof Mine);
});

test('[JMS 10.2] error code and linked exception', (t) => {
  const cause = new Error('below');
  const error = new errors.JMSException('above', 'E42', { cause });
  t.is(error.getErrorCode(), 'E42');
  t.is(error.getLinkedException(), cause);
  error.setLinkedException(new Error('other'));
  t.is((error.cause as Error).message, 'other');
  t.is(new errors.JMSException().getLinkedException(), null);
  t.is(errors.isJMSError(new Error('plain')), false);
});
