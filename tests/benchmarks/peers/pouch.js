// One side of the peer PouchDB ↔ express-pouchdb, driven by tests/benchmarks/exchange_peers.py.
//
//   node pouch.js server FOLDER                     prints the port; GET /_told gives requests, bytes, processor time
//   node pouch.js day FOLDER URL                    a PC that exchanged before sends 100 new visits
//   node pouch.js first FOLDER URL                  10,000 changes up, then down to a fresh PC
//   node pouch.js rooms FOLDER URL COUNT SECONDS    COUNT PCs send 100 visits each within so many seconds, 32 at a time
"use strict";
const http = require("http");
const path = require("path");
const PouchDB = require("pouchdb");

const CLIENTS = 32;

function visit(number) {
  return {
    _id: `visit-${String(number).padStart(6, "0")}`,
    visited_on: "2026-03-05",
    place: `石桥村${(number % 12) + 1}组`,
    object_name: "张三丰",
    opinions: `第${number}户：近期无陌生人来往，提醒防范电信诈骗，查看灶房用电，家中老人身体尚可。`,
    recorded_by: "王敏",
    recorded_at: "2026-03-05T00:00:00Z",
  };
}

function visits(first, count) {
  return Array.from({ length: count }, (_one, place) => visit(first + place));
}

function milliseconds(since) {
  return Number(process.hrtime.bigint() - since) / 1e6;
}

function say(told) {
  process.stdout.write(JSON.stringify(told) + "\n");
}

function serve(folder) {
  const express = require("express");
  const Local = PouchDB.defaults({ prefix: folder + path.sep });
  const told = { requests: 0, up_bytes: 0, down_bytes: 0 };
  const open = new Set();
  const app = express();
  app.get("/_told", (_request, response) => {
    const now = { ...told };
    for (const socket of open) {
      now.up_bytes += socket.bytesRead;
      now.down_bytes += socket.bytesWritten;
    }
    const cpu = process.cpuUsage();
    response.json({ ...now, cpu_s: (cpu.user + cpu.system) / 1e6 });
  });
  app.use((_request, _response, next) => {
    told.requests += 1;
    next();
  });
  app.use("/", require("express-pouchdb")(Local, { mode: "minimumForPouchDB", logPath: path.join(folder, "log.txt") }));
  const server = http.createServer(app);
  server.on("connection", (socket) => {
    open.add(socket);
    socket.on("close", () => {
      open.delete(socket);
      told.up_bytes += socket.bytesRead;
      told.down_bytes += socket.bytesWritten;
    });
  });
  server.listen(0, "127.0.0.1", () => say({ port: server.address().port }));
}

async function timed(work) {
  const since = process.hrtime.bigint();
  const before = process.cpuUsage();
  await work();
  const cpu = process.cpuUsage(before);
  return { ms: milliseconds(since), cpu_ms: (cpu.user + cpu.system) / 1000 };
}

async function day(folder, url) {
  const local = new PouchDB(path.join(folder, "pc"));
  await local.bulkDocs(visits(0, 100));
  await local.replicate.to(`${url}/day`);
  const found = [];
  for (let round = 1; round <= 5; round += 1) {
    await local.bulkDocs(visits(round * 100, 100));
    found.push(await timed(() => local.replicate.to(`${url}/day`)));
  }
  found.sort((one, other) => one.ms - other.ms);
  say(found[2]);
  await local.close();
}

async function first(folder, url) {
  const local = new PouchDB(path.join(folder, "pc"));
  await local.bulkDocs(visits(0, 7000));
  for (let round = 0; round < 10; round += 1) {
    const rows = await local.allDocs({ include_docs: true, limit: 300 });
    await local.bulkDocs(rows.rows.map((row) => ({ ...row.doc, opinions: `第${round}次核对`, place: "石桥村1组" })));
  }
  const up = await timed(() => local.replicate.to(`${url}/first`));
  say({ up });
  const fresh = new PouchDB(path.join(folder, "second"));
  const down = await timed(() => fresh.replicate.from(`${url}/first`));
  const { doc_count } = await fresh.info();
  say({ down, doc_count });
  await Promise.all([local.close(), fresh.close()]);
}

async function rooms(folder, url, count, seconds) {
  const waiting = [];
  for (let number = 0; number < count; number += 1) {
    const local = new PouchDB(path.join(folder, `pc${number}`));
    await local.bulkDocs(visits(0, 100));
    waiting.push({ local, number, at: (seconds * 1000 * number) / count });
  }
  const since = process.hrtime.bigint();
  const took = [];
  let errors = 0;
  async function work() {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, one.at - milliseconds(since))));
      const begun = process.hrtime.bigint();
      try {
        await one.local.replicate.to(`${url}/room${one.number}`);
      } catch (_error) {
        errors += 1;
      }
      took.push(milliseconds(begun));
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, work));
  took.sort((one, other) => one - other);
  const at = (part) => took[Math.min(took.length - 1, Math.floor(took.length * part))];
  say({ errors, whole_s: milliseconds(since) / 1000, p50_ms: at(0.5), p99_ms: at(0.99) });
  process.exit(0);
}

const [deed, folder, url, count, seconds] = process.argv.slice(2);
const deeds = { server: () => serve(folder), day, first, rooms };
Promise.resolve(deeds[deed](folder, url, Number(count), Number(seconds))).catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
