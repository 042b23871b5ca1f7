// The server under test as a process: started, waited for, stopped, started again at the same
// place.
import {spawn} from 'node:child_process';
import {once} from 'node:events';

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
