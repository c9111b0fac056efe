// kafkajs: administrates, produces, and consumes in a group of two that loses a member.
//
//   node dialogue.js ADDRESS PREFIX
//
// Prints a line `step: told` for each step; a step that is refused tells the error's type.
'use strict';

const assert = require('node:assert');
const { CompressionTypes } = require('kafkajs');
const { kafka, prefix, run, say, step, until } = require('./steps.js');

const topic = `${prefix}-topic`;
const groupId = `${prefix}-group`;
const PARTITIONS = 4;
const RECORDS = 200;
const TIME = 1_700_000_000_000;

async function topics(admin) {
  const wanted = { topics: [{ topic, numPartitions: PARTITIONS, replicationFactor: 1 }] };
  await step('create', () => admin.createTopics(wanted));
  await step('create again', () => admin.createTopics(wanted));
  await step('list', async () => (await admin.listTopics()).filter((one) => one.startsWith(prefix)));
  await step('metadata', async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0].partitions.map((one) => one.partitionId).sort();
  });
  await step('configs', async () => {
    const told = await admin.describeConfigs({
      includeSynonyms: false, resources: [{ type: 2, name: topic, configNames: ['cleanup.policy'] }] });
    return told.resources[0].configEntries.map((one) => [one.configName, one.configValue]);
  });
  await step('brokers', async () => (await admin.describeCluster()).brokers.length);
}

const message = (number) => ({
  key: `key ${number}`, value: `value ${number} ${'x'.repeat(number)}`, timestamp: `${TIME + number}`,
  partition: number % PARTITIONS, headers: { number: `${number}` },
});

async function produce(name, options, compression, begin) {
  const producer = kafka.producer(options);
  await producer.connect();
  const messages = Array.from({ length: RECORDS }, (_, index) => message(begin + index));
  await step(name, async () => (await producer.send({ topic, messages, compression })).map(
    (one) => [one.partition, one.baseOffset]).sort());
  await producer.disconnect();
}

// A member of the group that puts what it reads into `read` and knows its partitions.
async function member(read) {
  const consumer = kafka.consumer({
    groupId, heartbeatInterval: 100, sessionTimeout: 10_000, rebalanceTimeout: 5000,
    maxWaitTimeInMs: 100 });  // It learns of a rebalance between two fetches only.
  const self = { consumer, partitions: [] };
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    self.partitions = payload.memberAssignment[topic] ?? [];
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ partition, message }) => check(read, partition, message) });
  return self;
}

function check(read, partition, got) {
  const number = Number(got.headers.number);
  const wanted = message(number);
  assert.strictEqual(partition, wanted.partition);
  assert.strictEqual(`${got.key}`, wanted.key);
  assert.strictEqual(`${got.value}`, wanted.value);
  assert.strictEqual(got.timestamp, wanted.timestamp);
  read.push(number);
}

async function group() {
  const read = [];
  const first = await member(read);
  await until('the first has read all', () => read.length === 2 * RECORDS);
  say('alone', first.partitions.length);
  const second = await member(read);
  await until('each has a half', () =>
    [first, second].every((one) => one.partitions.length === PARTITIONS / 2));
  await produce('write to both', {}, CompressionTypes.None, 2 * RECORDS);
  await until('both have read the rest', () => new Set(read).size === 3 * RECORDS);
  await first.consumer.disconnect();
  await until('the second has all', () => second.partitions.length === PARTITIONS);
  await second.consumer.disconnect();
  say('both, different records', new Set(read).size);
}

async function groups(admin) {
  await step('list groups', async () =>
    (await admin.listGroups()).groups.filter((one) => one.groupId === groupId));
  await step('describe group', async () => {
    const [told] = (await admin.describeGroups([groupId])).groups;
    return [told.state, told.protocolType, told.members.length];
  });
  await step('committed', async () => (await admin.fetchOffsets({ groupId, topics: [topic] }))[0]
    .partitions.map((one) => [one.partition, one.offset]).sort());
  await step('ends', async () => (await admin.fetchTopicOffsets(topic)).map(
    (one) => [one.partition, one.low, one.high]).sort());
  await step('by time', async () => (await admin.fetchTopicOffsetsByTimestamp(topic, TIME + 100)).map(
    (one) => [one.partition, one.offset]).sort());
  await step('delete records', () =>
    admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] }));
  await step('delete group', () => admin.deleteGroups([groupId]));
  await step('delete it again', () => admin.deleteGroups([groupId]));
}

async function main() {
  const admin = kafka.admin();
  await admin.connect();
  await topics(admin);
  await produce('write gzip', {}, CompressionTypes.GZIP, 0);
  await produce('write idempotent', { idempotent: true }, CompressionTypes.None, RECORDS);
  await group();
  await groups(admin);
  await step('delete topics', () => admin.deleteTopics({ topics: [topic] }));
  await admin.disconnect();
}

run(main);
