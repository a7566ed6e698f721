// Everybody as of now, from the topic identity.user.v1:  node docs/examples/consume-users.mjs [broker:port] [group]
// Reads from the start, prints the present state as soon as it is complete, then every change. Needs only kafkajs.
import kafkajs from 'kafkajs';

const [broker = 'localhost:9092', groupId = `my-program-${process.pid}`] = process.argv.slice(2);
const topic = process.env.TOPIC ?? 'identity.user.v1'; // the value: libs/contracts/schemas/user.v1.schema.json
const kafka = new kafkajs.Kafka({ clientId: 'my-program', brokers: [broker], logLevel: kafkajs.logLevel.ERROR });

const people = new Map(); // user id → the person as of the highest generation
const open = new Map(); // partition → where it ended when we began
const show = (user) => `${user.id} ${user.presence.padEnd(8)} ${user.resource.userName}`;

const admin = kafka.admin();
await admin.connect();
for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) if (Number(low) < Number(high)) open.set(partition, Number(high));
await admin.disconnect();

function reached(partition, next) {
  if (!open.has(partition) || next < open.get(partition)) return;
  open.delete(partition);
  if (open.size === 0) complete();
}
const complete = () => console.log(`${[...people.values()].map(show).join('\n')}\n-- ${people.size} people; changes follow, Ctrl-C ends`);
if (open.size === 0) complete();

// Records come in Kafka transactions: a marker at the end of a partition takes an offset and is no message.
const consumer = kafka.consumer({ groupId, readUncommitted: false });
consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => reached(payload.partition, Number(payload.lastOffset) + 1));
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
await consumer.run({
  eachMessage: async ({ message }) => {
    if (message.value === null) return void people.delete(String(message.key)); // erased: forget this person
    const user = JSON.parse(message.value.toString());
    if (user.generation <= (people.get(user.id)?.generation ?? 0)) return; // repeated, or older: the highest generation counts
    people.set(user.id, user);
    if (open.size === 0) console.log(show(user));
  },
});
process.once('SIGINT', () => void consumer.disconnect().then(() => process.exit(0)));
