// kafkajs in transactions: committed, aborted, fenced, and with the offsets of what was read.
//
//   node transactions.js ADDRESS PREFIX
//
// Prints a line `step: told` for each step.
'use strict';

const assert = require('node:assert');
const { kafka, prefix, run, say, step, until } = require('./steps.js');

const PARTITIONS = 2;
const RECORDS = 100;
const NO_PATIENCE = { retry: { retries: 1, initialRetryTime: 10 } };

async function scene(admin, name) {
  const topic = `${prefix}-${name}`;
  await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }], waitForLeaders: true });
  return topic;
}

async function connected(name, options = {}) {
  const producer = kafka.producer({
    transactionalId: `${prefix}-${name}`, idempotent: true, maxInFlightRequests: 1, ...options });
  await producer.connect();
  return producer;
}

const records = (value) => Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, value }));

const write = (name, transaction, topic, value) => step(name, async () =>
  (await transaction.send({ topic, messages: records(value) })).map(
    (one) => [one.partition, one.baseOffset]).sort());

// Reads what is committed until it has met the last value of each partition.
async function readCommitted(topic, last) {
  const read = Array.from({ length: PARTITIONS }, () => []);
  const consumer = kafka.consumer({ groupId: `${topic}-reader`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ partition, message }) => {
    read[partition].push(`${message.offset} ${message.value}`);
  } });
  await until(`the last is read from ${topic}`, () =>
    read.every((values, partition) => values.some((one) => one.endsWith(last(partition)))));
  await consumer.disconnect();
  return read;
}

async function ends(admin) {
  const topic = await scene(admin, 'ends');
  const producer = await connected('ends');
  for (const [number, how] of ['commit', 'abort', 'commit', 'abort', 'commit'].entries()) {
    const transaction = await producer.transaction();
    await write(`write ${number}`, transaction, topic, `${how} ${number}`);
    await step(`${how} ${number}`, () => transaction[how]());
  }
  await producer.disconnect();
  say('read', await readCommitted(topic, () => 'commit 4'));
}

async function fencing(admin) {
  const topic = await scene(admin, 'fencing');
  const first = await connected('fencing', NO_PATIENCE);
  const zombie = await first.transaction();
  await write('the first', zombie, topic, 'first');
  const second = await connected('fencing');
  const transaction = await second.transaction();
  await write('the second', transaction, topic, 'second');
  await write('a zombie', zombie, topic, 'zombie');
  await step('a zombie commits', () => zombie.commit());
  await step('the second commits', () => transaction.commit());
  await first.disconnect();
  await second.disconnect();
  say('read behind the fence', await readCommitted(topic, () => 'second'));
}

// Copies a topic, batch by batch with the offsets, the first attempt of each batch aborted.
async function copies(admin) {
  const [source, target] = [await scene(admin, 'source'), await scene(admin, 'target')];
  const groupId = `${prefix}-copier`;
  const writer = kafka.producer();
  await writer.connect();
  await writer.send({ topic: source, messages: Array.from({ length: RECORDS }, (_, number) => (
    { partition: number % PARTITIONS, value: `${number}` })) });
  await writer.disconnect();
  const producer = await connected('copier');
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
  let copied = 0;
  await consumer.connect();
  await consumer.subscribe({ topic: source, fromBeginning: true });
  await consumer.run({ autoCommit: false, partitionsConsumedConcurrently: 1, eachBatch: async ({ batch }) => {
    for (const how of ['abort', 'commit']) {
      const transaction = await producer.transaction();
      await transaction.send({ topic: target, messages: batch.messages.map(
        ({ value }) => ({ partition: batch.partition, value: `${how} ${value}` })) });
      await transaction.sendOffsets({ consumerGroupId: groupId, topics: [{ topic: source, partitions: [
        { partition: batch.partition, offset: `${BigInt(batch.lastOffset()) + 1n}` }] }] });
      await transaction[how]();
    }
    copied += batch.messages.length;
  } });
  await until('all is copied', () => copied >= RECORDS);
  await consumer.disconnect();
  await producer.disconnect();
  await awaitCommitted(admin, groupId, source);
  const last = (partition) => `commit ${RECORDS - PARTITIONS + partition}`;
  (await readCommitted(target, last)).forEach((values, partition) => {
    const wanted = Array.from({ length: RECORDS / PARTITIONS },
      (_, number) => `commit ${number * PARTITIONS + partition}`);
    assert.deepStrictEqual(values.map((one) => one.slice(one.indexOf(' ') + 1)), wanted);
  });
  say('copied', copied);
}

// Kafka tells a group of a transaction's end a moment after its producer.
async function awaitCommitted(admin, groupId, topic) {
  const committed = async () => (await admin.fetchOffsets({ groupId, topics: [topic] }))[0].partitions;
  await until('the offsets are committed', async () =>
    (await committed()).every((one) => one.offset === `${RECORDS / PARTITIONS}`));
  say('committed', (await committed()).length);
}

run(async () => {
  const admin = kafka.admin();
  await admin.connect();
  await ends(admin);
  await fencing(admin);
  await copies(admin);
  await admin.disconnect();
});
