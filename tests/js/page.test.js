// @ts-check
/** The page's files fit together, and keep to what its Content-Security-Policy allows. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

const root = new URL('../../vizstream/web/', import.meta.url).pathname;
const files = readdirSync(root, { recursive: true }).map(String).filter((name) => /\.\w+$/.test(name));
const modules = files.filter((name) => name.endsWith('.js')).map((name) => `/web/${name}`).sort();
const html = readFileSync(join(root, 'index.html'), 'utf8');

test('no inline script, style or handler', () => {
  assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)/);
  assert.doesNotMatch(html, /<style|\sstyle=|\son\w+=|javascript:/);
});

test('nothing comes from elsewhere', () => {
  for (const name of files) {
    const text = readFileSync(join(root, name), 'utf8').replace('http://www.w3.org/2000/svg', '');
    // Sources in comments are welcome.
    for (const line of text.split('\n').filter((line) => !/^\s*(\/?\*|\/\/)/.test(line))) assert.doesNotMatch(line, /https?:\/\//, name);
  }
});

test('every module is checked for types and says what it is', () => {
  for (const name of modules) {
    assert.match(readFileSync(join(root, name.replace('/web/', '')), 'utf8'), /^\/\/ @ts-check\n/, name);
  }
});

test('every element that the scripts ask for is in the page, and every button has a name', () => {
  const ids = new Set([...html.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1]));
  for (const name of modules) {
    const text = readFileSync(join(root, name.replace('/web/', '')), 'utf8');
    for (const [, id] of text.matchAll(/\belement\('([^']+)'\)/g)) assert.ok(ids.has(id), `${name}: #${id}`);
  }
  for (const [button] of html.matchAll(/<button[^>]*>(?=\s*<svg)/g)) assert.match(button, /aria-label="/);
});
