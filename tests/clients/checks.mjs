// Starts botbox-exchange for one client, runs its checks, says what is not true.
import { spawn } from 'node:child_process';
import { createServer, request as sendRequest } from 'node:http';
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

// Passes every request on to `base`; while it is `on`, with one bit of its signature flipped.
export async function flippingSignatures(base) {
  const wire = { on: false, flips: 0, base: '' };
  const flip = (digit) => {
    ++wire.flips;
    return (parseInt(digit, 16) ^ 1).toString(16);
  };
  const flipped = (text) =>
    wire.on ? text.replace(/(signature=)([0-9a-f])/, (_, name, digit) => name + flip(digit)) : text;
  const server = createServer((incoming, answer) => {
    const parts = [];
    incoming.on('data', (part) => parts.push(part));
    incoming.on('end', () => {
      const headers = { ...incoming.headers };
      const sign = headers['x-bapi-sign'];
      if (wire.on && sign) headers['x-bapi-sign'] = flip(sign[0]) + sign.slice(1);
      const onward = sendRequest(base + flipped(incoming.url), { method: incoming.method, headers },
        (reply) => {
          answer.writeHead(reply.statusCode, reply.headers);
          reply.pipe(answer);
        });
      onward.on('error', () => answer.destroy());
      onward.end(flipped(Buffer.concat(parts).toString()));
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  wire.base = `http://127.0.0.1:${server.address().port}`;
  return wire;
}

// `call` goes over `wire`: it is answered as it is, and refused with one bit of its signature off.
export async function refusedWhenFlipped(wire, call, words) {
  await call();
  wire.on = true;
  const before = wire.flips;
  await refused(call, words, 'a flipped bit of the signature');
  check(wire.flips > before, 'the signature was really flipped');
  wire.on = false;
}

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
