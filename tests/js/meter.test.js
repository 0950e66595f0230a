// @ts-check
import assert from 'node:assert/strict';
import test from 'node:test';

import { Meter, readReport } from '../../vizstream/web/core/meter.js';

const video = {
  id: 'V', type: 'inbound-rtp', kind: 'video', codecId: 'C', frameWidth: 1280, frameHeight: 720, framesDecoded: 7, bytesReceived: 900,
};
const codec = { id: 'C', type: 'codec', mimeType: 'video/H264' };
const chosen = { id: 'P1', type: 'candidate-pair', currentRoundTripTime: 0.0123, bytesReceived: 1000 };
const other = { id: 'P0', type: 'candidate-pair', nominated: true, currentRoundTripTime: 9, bytesReceived: 5 };
const transport = { id: 'T', type: 'transport', selectedCandidatePairId: 'P1' };
const expected = { codec: 'H264', width: 1280, height: 720, bytes_received: 1000, frames_decoded: 7, rtt_ms: 12.3 };

test('Chromium’s report names the pair in its transport', () => {
  assert.deepEqual(readReport([video, codec, other, chosen, transport]), expected);
});

test('Firefox’s report marks the pair', () => {
  assert.deepEqual(readReport([{ ...other, nominated: false }, { ...chosen, selected: true }, codec, video]), expected);
});

test('an empty report is all zeros', () => {
  assert.deepEqual(readReport([]), { codec: '', width: 0, height: 0, bytes_received: 0, frames_decoded: 0, rtt_ms: null });
});

test('rates come from two readings, and from one connection', () => {
  const meter = new Meter();
  const counters = readReport([video, codec, chosen, transport]);
  meter.update(counters, 1000);
  assert.deepEqual([meter.fps, meter.bitrate_bps], [0, 0]);
  meter.update({ ...counters, frames_decoded: 22, bytes_received: 126_000 }, 1500);
  assert.deepEqual([meter.fps, meter.bitrate_bps], [30, 2_000_000]);
  meter.restart();
  meter.update({ ...counters, frames_decoded: 100 }, 2500);
  assert.deepEqual([meter.fps, meter.bitrate_bps, meter.counters.frames_decoded], [0, 0, 100]);
});

test('the server’s round trip stands in for the browser’s, for one connection', () => {
  const meter = new Meter();
  meter.serverRttMs = 45;
  meter.update(readReport([video]), 1000);
  assert.equal(meter.counters.rtt_ms, 45);
  meter.update(readReport([video, chosen, transport]), 2000);
  assert.equal(meter.counters.rtt_ms, 12.3);
  meter.restart();
  meter.update(readReport([video]), 3000);
  assert.equal(meter.counters.rtt_ms, null);
});
