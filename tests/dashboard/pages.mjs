// A browser with one page of the dashboard, which remembers what went wrong in it.
import {chromium} from 'playwright-core';
import {createRequire} from 'node:module';
import {readFileSync} from 'node:fs';

const kAxe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const axeSource = readFileSync(kAxe, 'utf8');

export const kViews = ['', 'feed', 'bots', 'positions', 'signals', 'intents', 'trades', 'fills',
                       'alerts', 'cycles', 'limiter', 'differences', 'locks', 'log', 'settings', 'about', 'more',
                       'bot-settings'];

export const launch = (executablePath) => chromium.launch({
  executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
});

export class Dashboard {
  // prepare(page): before anything is asked for.
  static async open(browser, {url, token, width = 1280, height = 900, theme = 'dark',
                              prepare = null}) {
    const context = await browser.newContext({
      viewport: {width, height}, colorScheme: theme, timezoneId: 'Europe/Berlin',
      reducedMotion: 'reduce', isMobile: width < 500, hasTouch: width < 500});
    // Generous, for machines that build something else meanwhile.
    context.setDefaultTimeout(60000);
    const page = await context.newPage();
    const dashboard = new Dashboard(page, url);
    await page.addInitScript(([given, chosen]) => {
      if (given && !sessionStorage.getItem('left')) {
        sessionStorage.setItem('botbox.token', given);
        sessionStorage.setItem('left', '1');
      }
      if (!localStorage.getItem('botbox.theme')) localStorage.setItem('botbox.theme', chosen);
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
      });
    }, [token, theme]);
    await prepare?.(page);
    await page.goto(`${url}/`);
    await page.waitForSelector('h1');
    return dashboard;
  }

  constructor(page, url) {
    this.page = page;
    this.url = url;
    this.problems = [];
    this.addresses = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.problems.push(message.text());
    });
    page.on('pageerror', (error) => this.problems.push(String(error.stack)));
    page.on('request', (request) => this.addresses.push(request.url()));
  }

  // What went wrong since the last call; `expected` is a pattern of what a test provokes.
  takeProblems(expected = null) {
    const taken = this.problems.filter((text) => !expected?.test(text));
    this.problems = [];
    return [...new Set(taken)];
  }

  async go(view) {
    await this.page.evaluate((hash) => {
      location.hash = hash;
    }, `#/${view}`);
    await this.page.waitForFunction((hash) => location.hash === hash, `#/${view}`);
    await this.settled();
  }

  // A heading, and nothing that is still loading.
  async settled() {
    await this.page.waitForSelector('main h1');
    await this.page.waitForFunction(() => !document.querySelector('.skeleton'));
  }

  live() {
    return this.page.locator('.connection.live').waitFor();
  }

  toast(text) {
    return this.page.locator('.toast', {hasText: text}).first().waitFor();
  }

  // Accessibility faults that axe-core calls serious or critical; `rules`: only these, null: all.
  async seriousFaults(rules = null) {
    await this.page.evaluate(axeSource);
    const {violations} = await this.page.evaluate((only) => window.axe.run(document, {
      resultTypes: ['violations'], ...(only && {runOnly: {type: 'rule', values: only}})}), rules);
    return violations.filter((fault) => ['serious', 'critical'].includes(fault.impact))
        .flatMap((fault) => fault.nodes.slice(0, 3).map(
            (node) => `${fault.id}: ${node.target.join(' ')} ${node.failureSummary}`));
  }

  // Presses Tab until the focus is on what `selector` names; false: it never came there.
  async tabTo(selector) {
    for (let i = 0; i < 80; ++i) {
      await this.page.keyboard.press('Tab');
      if (await this.page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) {
        return true;
      }
    }
    return false;
  }

  // What the page keeps of the log, newest first.
  keptEvents() {
    return this.page.evaluate(async () => {
      const entry = document.querySelector('script[type="module"]').src;
      const {events} = await import(new URL('engine.js', entry).href);
      return events.value;
    });
  }

  // Waits until an event of the bot has come.
  async heard(bot, kind) {
    await this.page.waitForFunction(async ([ofBot, ofKind]) => {
      const entry = document.querySelector('script[type="module"]').src;
      const {events} = await import(new URL('engine.js', entry).href);
      return events.value.some((event) => event.bot === ofBot && event.kind === ofKind);
    }, [bot, kind]);
  }

  // From the address to the painted cards, by the page's own clock, in ms.
  async cardsMs() {
    const mark = () => performance.getEntriesByName('cards')[0]?.startTime;
    return (await this.page.waitForFunction(mark)).jsonValue();
  }

  widthBeyond(width) {
    return this.page.evaluate((allowed) => document.documentElement.scrollWidth - allowed, width);
  }

  async close() {
    await this.page.unrouteAll({behavior: 'ignoreErrors'});
    await this.page.context().close();
  }
}
