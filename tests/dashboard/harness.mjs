// What all tests stand on: the server under test, a browser, and one page that stays open.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {after, before} from 'node:test';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {Dashboard, launch} from './pages.mjs';
import {Server} from './server.mjs';

const {values: options} = parseArgs({options: {
  assets: {type: 'string'}, url: {type: 'string'}, token: {type: 'string'},
  'token-file': {type: 'string'}, start: {type: 'string'}, chromium: {type: 'string'},
  port: {type: 'string', default: '18085'},
}});

const kMock = join(dirname(fileURLToPath(import.meta.url)), 'mock_server.mjs');
// What the browser says of an engine that is away.
export const kOutage =
    /Failed to load resource|ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY_RESPONSE/;
// Bots of an engine decide once a minute.
export const kSignalMs = 180000;

export const isMock = !options.url;
export const url = options.url?.replace(/\/$/, '') || `http://127.0.0.1:${options.port}`;
const mockCommand = (port, ...extra) => [process.execPath, kMock, '--assets', options.assets || '',
                                         '--port', String(port), '--tick', '700', ...extra];
export const server = new Server(url, isMock ? mockCommand(options.port)
    : options.start ? ['sh', '-c', `exec ${options.start}`] : null);

export let browser;
export let dashboard;
export let token;

let nextPort = Number(options.port) + 1;
// Another mock beside the server under test; not started yet.
export function mockServer(...extra) {
  const port = nextPort++;
  return new Server(`http://127.0.0.1:${port}`, mockCommand(port, ...extra));
}

export const api = async (path) =>
    (await fetch(url + path, {headers: {Authorization: `Bearer ${token}`}})).json();
export const post = async (path, body) => {
  const answer = await fetch(url + path, {
    method: 'POST', body: JSON.stringify(body),
    headers: {Authorization: `Bearer ${token}`, 'Content-Type': 'application/json'}});
  assert.equal(answer.status, 200, `${path}: ${answer.status}`);
};
export const open = (more = {}) => Dashboard.open(browser, {url, token, ...more});

before(async () => {
  if (isMock) assert.ok(options.assets, '--assets DIR or --url URL is needed');
  browser = await launch(options.chromium || process.env.CHROMIUM || '/usr/bin/chromium');
  await server.start();
  token = options.token ||
      (options['token-file'] ? readFileSync(options['token-file'], 'utf8').trim() : 'mock-token');
  dashboard = await open();
  await dashboard.live();
});

after(async () => {
  await browser?.close();
  await server.stop();
});
