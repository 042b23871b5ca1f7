// The server under test as a process: started, waited for, stopped, started again at the same
// place.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {connect, createServer} from 'node:net';

const kStartMs = 60000;

async function answers(url) {
  try {
    return (await fetch(`${url}/health/live`)).ok;
  } catch {
    return false;
  }
}

export class Server {
  // command: words, or null for one that runs already and is left alone.
  constructor(url, command) {
    this.url = url;
    this.command = command;
    this.process = null;
  }

  async start(extra = []) {
    if (this.command) {
      const [program, ...words] = this.command;
      this.process = spawn(program, [...words, ...extra], {stdio: ['ignore', 'pipe', 'pipe']});
      this.output = '';
      for (const pipe of [this.process.stdout, this.process.stderr]) {
        pipe.on('data', (text) => {
          this.output = (this.output + text).slice(-4000);
        });
      }
    }
    const deadline = Date.now() + kStartMs;
    while (!await answers(this.url)) {
      if (this.process && this.process.exitCode !== null) {
        throw new Error(`the server ended with ${this.process.exitCode}:\n${this.output}`);
      }
      if (Date.now() > deadline) {
        throw new Error(`${this.url} does not answer:\n${this.output || ''}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  // A kill, not a request: the page has to live with that.
  async stop() {
    if (!this.process || this.process.exitCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await ended;
  }
}

// A way to a server that can be cut, as networks are.
export class Way {
  constructor(url) {
    this.port = Number(new URL(url).port);
    this.sockets = new Set();
    this.isCut = false;
    this.listener = createServer((near) => this.join(near));
  }

  join(near) {
    if (this.isCut) {
      near.destroy();
      return;
    }
    const far = connect(this.port, '127.0.0.1');
    for (const [one, other] of [[near, far], [far, near]]) {
      this.sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }

  async open() {
    this.listener.listen(0, '127.0.0.1');
    await once(this.listener, 'listening');
    this.listener.unref();  // a test that fails leaves it open
    this.url = `http://127.0.0.1:${this.listener.address().port}`;
  }

  cut() {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend() {
    this.isCut = false;
  }

  close() {
    this.cut();
    this.listener.close();
  }
}
