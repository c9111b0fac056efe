// What the dialogues of kafkajs share: the client, lines `step: told`, waiting.
'use strict';

const assert = require('node:assert');
const { Kafka, logLevel } = require('kafkajs');

const [address, prefix] = process.argv.slice(2);
const kafka = new Kafka({ clientId: 'weir-test', brokers: [address], logLevel: logLevel.NOTHING });

function say(name, told) {
  console.log(`${name}: ${JSON.stringify(told).replaceAll(prefix, '*')}`);
}

async function step(name, action) {
  try {
    say(name, (await action()) ?? 'done');
  } catch (error) {
    say(name, error.type ?? error.errors?.map((one) => one.type) ?? error.name);
  }
}

async function until(what, condition) {
  const end = Date.now() + 40_000;
  while (!(await condition())) {
    assert(Date.now() < end, `not after 40 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function run(main) {
  main().catch((error) => {
    console.error(error);
    process.exit(1);
  });
}

module.exports = { kafka, prefix, run, say, step, until };
