// Starts botbox-exchange for one client, runs its checks, says what is not true.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export const key = 'client-key';
export const secret = 'client-secret';

let checked = 0;

export function check(condition, what) {
  ++checked;
  if (!condition) throw new Error(`not true: ${what}`);
}

export function equal(got, wanted, what) {
  check(got === wanted, `${what}: ${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`);
}

// The error that `call` ends with; its text must contain `words`.
export async function refused(call, words, what) {
  let error;
  try {
    await call();
  } catch (caught) {
    error = caught;
  }
  check(error !== undefined, `${what} is refused`);
  const text = `${error.message ?? ''} ${JSON.stringify(error)} ` +
    `${JSON.stringify(error.response?.data ?? error.body ?? '')}`;
  check(text.includes(words), `${what} is refused with ${words}, not with ${text}`);
  return error;
}

// The secret with its first character changed: every signature made with it is wrong.
export const wrongSecret = `X${secret.slice(1)}`;

export async function run(name, body) {
  const program = process.env.BOTBOX_EXCHANGE;
  if (!program) throw new Error('BOTBOX_EXCHANGE must name the program');
  const venue = spawn(program, ['--port', '0', '--key', `${key}:${secret}`, '--seed', '7']);
  venue.stderr.pipe(process.stderr);
  let code = 1;
  try {
    const lines = createInterface({ input: venue.stdout });
    const base = await new Promise((resolve, reject) => {
      lines.on('line', (line) => {
        const found = line.match(/listening on (\S+)/);
        if (found) resolve(found[1]);
      });
      venue.on('exit', () => reject(new Error('botbox-exchange ended')));
    });
    await body(base);
    console.log(`${name}: ${checked} checks passed`);
    code = 0;
  } catch (error) {
    console.error(`${name}: ${error.stack ?? error}`);
  }
  venue.kill('SIGTERM');
  process.exit(code);
}
