#!/usr/bin/env node
// SPDX-License-Identifier: MIT
//
// A SecMaster that answers "Querying Compliance Pack Details", and the search for packs, on 127.0.0.1 as a test wants it.
//
//   import { startMockSecMaster } from "./mock-secmaster.mjs";
//   const mock = await startMockSecMaster({ token: "…" });      // mock.port, mock.url, mock.stop()
//
//   node tests/support/mock-secmaster.mjs [options]             prints {"port":N} and serves
//     --token TEXT        the X-Auth-Token it takes (default "token-for-tests")
//     --pack FILE         the pack it answers with, under whatever id it was asked for
//     --packs FOLDER      only the packs FOLDER/<id>.json exist; others are 400, as SecMaster has it
//                         (the search finds these; without a folder 12 that are called pack-01 to pack-12)
//     --tls-cert FILE --tls-key FILE                            HTTPS
//     --until-stdin-ends  ends when standard input does: it cannot outlive who started it
//
// A request that a real gateway would refuse (method, path, token, content-type, X-Language, a body, a
// query) is refused and noted as a violation. What happens to the others depends on the pack id or on
// what the test has set for it; the search is the pack "search". A behaviour is a name from BEHAVIOURS, perhaps with arguments:
//
//   pack id  mock-500-x2        twice 500, then ok           ("-x<n>": only the first n requests)
//            mock-slow-300--a   ok after 300 ms              ("--<anything>" is ignored)
//   PUT  /_control/packs/<id>   ["500-x2", "slow-300", "ok"] one after the other; the last one stays
//   GET  /_control/packs/<id>   {"requests": 3, "headers": {…of the last request…}, "aborted": 0}
//   GET  /_control              {"requests": 7, "violations": ["…"], "packs": {"<id>": {…}}}
//   POST /_control/reset        forgets all of it

import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, realpathSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";

const PACK_PATH =
  /^\/v2\/([A-Za-z0-9_-]{1,64})\/workspaces\/([A-Za-z0-9_-]{1,64})\/sa\/baseline\/compliance-packages\/([A-Za-z0-9_-]{1,64})$/;
const CONTENT_TYPE = "application/json;charset=UTF-8";
const LANGUAGES = ["zh-cn", "en-us"];
const MEGABYTE = 1024 * 1024;

function samplePack(id) {
  const item = (n) => ({ uuid: `item-${n}`, name: `Sample check ${n}` });
  return {
    uuid: id,
    name: "Sample pack",
    version: "1.0",
    owner: "example",
    description: "Two sections with five check items each",
    spec_catalog_vo_list: [1, 2].map((section) => ({
      uuid: `section-${section}`,
      serial_number: section,
      level_number: 0,
      root: id,
      parent: id,
      is_leaf: true,
      check_items: [1, 2, 3, 4, 5].map((n) => item((section - 1) * 5 + n)),
    })),
    classify: "Industry standards",
    areas: "Network security",
    region: "Global",
    state: 1,
    type: 0,
    check_items_num: 10,
    has_auto_check_items: true,
  };
}

// --- answers ---------------------------------------------------------------------------------------

const requestId = (request) => createHash("md5").update(`${request.id}/${request.number}`).digest("hex");

function send(request, status, body, headers = {}) {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body);
  request.response.writeHead(status, {
    "Content-Type": "application/json",
    "X-Request-Id": requestId(request),
    "Content-Length": bytes.length,
    ...headers,
  });
  request.response.end(bytes);
}

const sendJson = (request, status, value, headers) => send(request, status, JSON.stringify(value), headers);

// The usual spelling of an error; the body's request_id is the header's.
const sendError = (request, status, code, message, headers) =>
  sendJson(request, status, { error_code: code, error_msg: message, request_id: requestId(request) }, headers);

const sendPack = (request, headers) => send(request, 200, request.pack(), headers);

const INVALID = ["SecMaster.00040006", "Invalid request parameters."];
const SHAPES_OF_400 = {
  snake: { error_code: INVALID[0], error_msg: INVALID[1] },
  camel: { errorCode: INVALID[0], errorMsg: INVALID[1] },
  plain: { code: INVALID[0], message: INVALID[1] },
  nested: { error: { code: INVALID[0], message: INVALID[1] } },
  integer: { error: { code: 400, message: INVALID[1], title: "Bad Request" } },
  missing: { error_code: "SecMaster.20030005", error_msg: "The object does not exist." },
};

function send400(request, shape = "snake") {
  if (shape === "text") {
    send(request, 400, "Bad request, said in plain text\n", { "Content-Type": "text/plain" });
  } else if (shape === "empty") {
    send(request, 400, "");
  } else {
    sendJson(request, 400, SHAPES_OF_400[shape]);
  }
}

const THROTTLED = [
  "APIGW.0308",
  "The throttling threshold has been reached: policy user over ratelimit,limit:100,time:1 minute",
];

function send429(request, kind, seconds) {
  const headers =
    kind === "retry" ? { "Retry-After": seconds }
    : kind === "date" ? { "Retry-After": new Date(Date.now() + Number(seconds) * 1000).toUTCString() }
    : {};
  sendError(request, 429, ...THROTTLED, headers);
}

const HTML = { "Content-Type": "text/html" };
const PAGE_503 = "<html><head><title>503</title></head><body>Service Unavailable</body></html>\n";
const PAGE_404 = "<html><body>Not Found</body></html>\n";

function send404(request, who = "service") {
  if (who === "gateway") {
    sendError(request, 404, "APIGW.0101", "The API does not exist or has not been published in the environment");
  } else if (who === "html") {
    send(request, 404, PAGE_404, HTML);
  } else {
    sendError(request, 404, "SecMaster.20030005", "The object does not exist.");
  }
}

// Announces another length than it sends; the connection ends after it.
function sendWrongLength(request, difference) {
  const body = Buffer.from(request.pack());
  request.socket.end(
    `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length + difference}\r\n\r\n${body}`,
  );
}

function sendBig(request, megabytes = "50") {
  const { response } = request;
  let left = Number(megabytes);
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": left * MEGABYTE });
  const chunk = Buffer.alloc(MEGABYTE, " ");
  const more = () => {
    while (left > 0 && !response.destroyed) {
      left--;
      if (!response.write(chunk)) {
        response.once("drain", more);
        return;
      }
    }
    response.end();
  };
  more();
}

function sendSlowly(request, pauseMs = "20") {
  const { response } = request;
  const body = Buffer.from(request.pack());
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": body.length });
  let sent = 0;
  const timer = setInterval(() => {
    response.write(body.subarray(sent, ++sent));
    if (sent === body.length || response.destroyed) {
      clearInterval(timer);
      response.end();
    }
  }, Number(pauseMs));
}

const gzipped = { "Content-Encoding": "gzip" };

const BEHAVIOURS = {
  ok: (request) => sendPack(request),
  slow: (request, ms = "1000") => setTimeout(() => sendPack(request), Number(ms)),
  drip: sendSlowly,
  silent: () => {},
  400: send400,
  401: (request, who) =>
    who === "service" ? sendError(request, 401, "SecMaster.90010015", "Unauthorized.")
    : who === "old" ? sendError(request, 401, "APIGW.0307", "The token must be updated.")
    : sendError(request, 401, "APIGW.0301", "Incorrect IAM authentication information: token"),
  403: (request) => sendError(request, 403, "APIGW.0302", "The IAM user is not allowed to access the API."),
  404: send404,
  429: send429,
  500: (request) => sendError(request, 500, "SecMaster.00040011", "Internal error."),
  502: (request) => sendError(request, 502, "APIGW.0201", "Backend unavailable."),
  503: (request) => send(request, 503, PAGE_503, HTML),
  504: (request) => sendError(request, 504, "APIGW.0201", "Backend timeout."),
  cut: (request) => send(request, 200, Buffer.from(request.pack()).subarray(0, -20)),
  short: (request) => sendWrongLength(request, 100),
  long: (request) => sendWrongLength(request, -100),
  big: sendBig,
  redirect: (request) => send(request, 302, "", { Location: "/elsewhere" }),
  gzip: (request) => send(request, 200, gzipSync(request.pack()), gzipped),
  bomb: (request, megabytes = "50") =>
    send(request, 200, gzipSync(Buffer.alloc(Number(megabytes) * MEGABYTE, " ")), gzipped),
  encoding: (request) => sendPack(request, { "Content-Encoding": "zebra" }),
  hello: (request) => send(request, 200, "hello", { "Content-Type": "text/plain" }),
  empty: (request) => send(request, 200, ""),
  reset: (request) => request.socket.resetAndDestroy(),
};

// --- behaviour of one pack ---------------------------------------------------------------------------

// "500-x2" -> {name: "500", args: [], times: 2}; undefined when there is no such behaviour.
function parseBehaviour(text) {
  const [, spec, times] = /^(.*?)(?:-x(\d+))?$/.exec(text.split("--")[0]);
  const [name, ...args] = spec.split("-");
  const known = Object.hasOwn(BEHAVIOURS, name) && (name !== "400" || isShape(args[0]));
  return known ? { name, args, times: times === undefined ? Infinity : Number(times) } : undefined;
}

const isShape = (shape = "snake") =>
  Object.hasOwn(SHAPES_OF_400, shape) || shape === "text" || shape === "empty";

function stepsByName(id) {
  const step = id.startsWith("mock-") ? parseBehaviour(id.slice("mock-".length)) : undefined;
  return step === undefined ? [] : [step];
}

// The step for the n-th request (from 0): the first whose share n falls into; after all of them, ok.
function stepFor(steps, n) {
  for (const step of steps) {
    if (n < step.times) return step;
    n -= step.times;
  }
  return { name: "ok", args: [] };
}

// A list that was set ends with what stays.
function parseSteps(texts) {
  const steps = texts.map(parseBehaviour);
  if (steps.length === 0 || steps.includes(undefined)) return undefined;
  steps.at(-1).times = Infinity;
  return steps;
}

// --- the server --------------------------------------------------------------------------------------

const isSearch = (message) => message.method === "POST" && PACK_PATH.exec(message.url)?.[3] === "search";

function findViolation(message, token) {
  const { headers } = message;
  if (message.method !== "GET" && !isSearch(message)) return [404, "APIGW.0101", `method ${message.method}`];
  if (!PACK_PATH.test(message.url)) return [404, "APIGW.0101", `path ${message.url}`];
  if (headers["x-auth-token"] !== token) return [401, "APIGW.0301", "X-Auth-Token is missing or wrong"];
  if (headers["content-type"] !== CONTENT_TYPE)
    return [400, "SecMaster.00040006", `content-type ${headers["content-type"]}`];
  if (!LANGUAGES.includes(headers["x-language"]?.toLowerCase()))
    return [400, "SecMaster.00040006", `X-Language ${headers["x-language"]}`];
  if ("transfer-encoding" in headers || (Number(headers["content-length"] ?? 0) > 0) !== isSearch(message))
    return [400, "APIGW.0106", "GET with a body, or a search without one"];
  return undefined;
}

// {limit, offset}, both whole numbers and both there; undefined for anything else.
function parseSearch(body) {
  try {
    const { limit, offset, ...rest } = JSON.parse(body);
    const isGood = Number.isInteger(limit) && limit > 0 && Number.isInteger(offset) && offset >= 0;
    return isGood && Object.keys(rest).length === 0 ? { limit, offset } : undefined;
  } catch {
    return undefined;
  }
}

class MockSecMaster {
  constructor(options) {
    this.token = options.token ?? "token-for-tests";
    this.template = options.pack === undefined ? undefined : JSON.parse(readFileSync(options.pack));
    this.folder = options.packs;
    this.reset();
  }

  reset() {
    this.requests = 0;
    this.violations = [];
    this.packs = new Map();
  }

  packState(id) {
    if (!this.packs.has(id)) {
      this.packs.set(id, { requests: 0, aborted: 0, headers: {}, steps: stepsByName(id) });
    }
    return this.packs.get(id);
  }

  packFile(id) {
    return this.folder === undefined ? undefined : join(this.folder, `${id}.json`);
  }

  packBytes(id) {
    const file = this.packFile(id);
    if (file !== undefined && existsSync(file)) return readFileSync(file);
    return JSON.stringify(this.template === undefined ? samplePack(id) : { ...this.template, uuid: id });
  }

  exists(id) {
    const file = this.packFile(id);
    return file === undefined || existsSync(file) || id.startsWith("mock-");
  }

  onRequest(message, response) {
    if (message.url.startsWith("/_control")) {
      this.onControl(message, response);
      return;
    }
    this.requests++;
    const violation = findViolation(message, this.token);
    if (violation !== undefined) {
      const [status, code, text] = violation;
      this.violations.push(text);
      sendError({ response, id: message.url, number: this.requests }, status, code, text);
      return;
    }
    if (isSearch(message)) {
      this.onSearch(message, response);
      return;
    }
    this.onPack(message, response, PACK_PATH.exec(message.url)[3]);
  }

  packIds() {
    if (this.folder === undefined) return Array.from({ length: 12 }, (_, n) => `pack-${String(n + 1).padStart(2, "0")}`);
    return readdirSync(this.folder).filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -5)).sort();
  }

  // What the search answers, as the vendor types it: counts are numbers, and the packs come without their catalogues.
  found({ limit, offset }) {
    const ids = this.packIds();
    const packs = ids.slice(offset, offset + limit).map((id) => ({ ...JSON.parse(this.packBytes(id)), spec_catalog_vo_list: null }));
    return JSON.stringify({ count: ids.length, builtin_compliance_num: ids.length, compliance_packages: packs });
  }

  async onSearch(message, response) {
    let body = "";
    for await (const chunk of message) body += chunk;
    const search = parseSearch(body);
    if (search === undefined) {
      this.violations.push(`search ${body}`);
      sendError({ response, id: "search", number: this.requests }, 400, ...INVALID);
      return;
    }
    this.onPack(message, response, "search", () => this.found(search));
  }

  onPack(message, response, id, bytes = () => this.packBytes(id)) {
    const state = this.packState(id);
    const step = stepFor(state.steps, state.requests++);
    state.headers = message.headers;
    response.once("close", () => {
      state.aborted += response.writableFinished ? 0 : 1;
    });
    const request = { response, id, number: state.requests, socket: message.socket };
    request.pack = bytes;
    if (step.name === "ok" && id !== "search" && !this.exists(id)) {
      send400(request, "missing");
    } else {
      BEHAVIOURS[step.name](request, ...step.args);
    }
  }

  async onControl(message, response) {
    const id = /^\/_control\/packs\/([A-Za-z0-9_-]+)$/.exec(message.url)?.[1];
    const answer = (status, value) => {
      response.writeHead(status, { "Content-Type": "application/json" });
      response.end(JSON.stringify(value));
    };
    const report = ({ requests, aborted, headers }) => ({ requests, aborted, headers });
    let body = "";
    for await (const chunk of message) body += chunk;
    if (message.method === "PUT" && id !== undefined) {
      const steps = parseSteps(JSON.parse(body));
      if (steps === undefined) return answer(400, { error: "no such behaviour" });
      Object.assign(this.packState(id), { steps, requests: 0 });
      return answer(200, {});
    }
    if (message.method === "GET" && id !== undefined) return answer(200, report(this.packState(id)));
    if (message.method === "GET" && message.url === "/_control") {
      const packs = Object.fromEntries([...this.packs].map(([name, state]) => [name, report(state)]));
      return answer(200, { requests: this.requests, violations: this.violations, packs });
    }
    if (message.method === "POST" && message.url === "/_control/reset") {
      this.reset();
      return answer(200, {});
    }
    return answer(404, { error: "no such control" });
  }
}

export async function startMockSecMaster(options = {}) {
  const mock = new MockSecMaster(options);
  const isTls = options.tlsCert !== undefined;
  const listener = (message, response) => mock.onRequest(message, response);
  const server = isTls
    ? createTlsServer({ cert: readFileSync(options.tlsCert), key: readFileSync(options.tlsKey) }, listener)
    : createServer(listener);
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address();
  return {
    mock,
    port,
    url: `${isTls ? "https" : "http"}://127.0.0.1:${port}`,
    // Sets what happens to one pack's requests, as PUT /_control/packs/<id> does.
    behave(id, ...texts) {
      const steps = parseSteps(texts);
      if (steps === undefined) throw new Error(`no such behaviour among ${texts}`);
      Object.assign(mock.packState(id), { steps, requests: 0 });
    },
    requestsOf: (id) => mock.packState(id).requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const text = { type: "string" };
  const { values } = parseArgs({
    options: {
      token: text,
      pack: text,
      packs: text,
      "tls-cert": text,
      "tls-key": text,
      "until-stdin-ends": { type: "boolean" },
    },
  });
  const server = await startMockSecMaster({
    ...values,
    tlsCert: values["tls-cert"],
    tlsKey: values["tls-key"],
  });
  console.log(JSON.stringify({ port: server.port }));
  const end = () => process.exit(0);
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  if (values["until-stdin-ends"]) {
    process.stdin.on("end", end).resume();
  }
}
