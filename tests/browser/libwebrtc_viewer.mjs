// @ts-check
/**
 * A viewer that shares no code with ours: the native WebRTC library in Node.
 *
 * `node libwebrtc_viewer.mjs ORIGIN TOKEN FRAMES [plain]` joins by WHEP, decodes that many frames, presses
 * `w`, leaves, and prints what it saw as JSON.  `plain` asks for video alone, as any WHEP player does.
 */
import wrtc from '@roamhq/wrtc';

const [origin = '', token = '', wanted = '1', kind = ''] = process.argv.slice(2);
const authorization = { Authorization: `Bearer ${token}` };
const pc = new wrtc.RTCPeerConnection();
const transceiver = pc.addTransceiver('video', { direction: 'recvonly' });

/** @type {any[]} */
const messages = [];
/** @type {Promise<unknown>} */
let pressed = Promise.resolve();
if (kind !== 'plain') {
  const input = pc.createDataChannel('input');
  pc.createDataChannel('state').onmessage = ({ data }) => messages.push(JSON.parse(data));
  pressed = new Promise((resolve) => {
    input.onopen = () => {
      for (const [id, type] of [[1, 'key_down'], [2, 'key_up']]) input.send(JSON.stringify({ type, id, key: 'w', modifiers: [] }));
      resolve(undefined);
    };
  });
}

/** @type {Promise<{count: number, width: number, height: number, varied: boolean}>} */
const decoded = new Promise((resolve) => {
  let count = 0;
  const sink = new wrtc.nonstandard.RTCVideoSink(transceiver.receiver.track);
  sink.onframe = (/** @type {{frame: {width: number, height: number, data: Uint8ClampedArray}}} */ { frame }) => {
    count += 1;
    if (count < Number(wanted)) return;
    const luma = frame.data.subarray(0, frame.width * frame.height);
    resolve({ count, width: frame.width, height: frame.height, varied: new Set(luma).size > 8 });
  };
});

await pc.setLocalDescription(await pc.createOffer());
const reply = await fetch(`${origin}/whep`, {
  method: 'POST', headers: { ...authorization, 'Content-Type': 'application/sdp' }, body: pc.localDescription?.sdp,
});
if (reply.status !== 201) throw new Error(`${reply.status}: ${await reply.text()}`);
await pc.setRemoteDescription({ type: 'answer', sdp: await reply.text() });

const picture = await decoded;
await pressed;
const stats = await pc.getStats();
let codec = '';
for (const entry of stats.values()) {
  if (entry.type === 'inbound-rtp' && entry.kind === 'video') codec = stats.get(entry.codecId)?.mimeType ?? '';
}
const left = await fetch(new URL(String(reply.headers.get('Location')), origin), { method: 'DELETE', headers: authorization });
console.log(JSON.stringify({ ...picture, codec, left: left.status, told: messages.map(({ type }) => type) }));
process.exit(0); // the library's threads would keep us
