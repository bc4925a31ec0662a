// A department's side: publishes messages and reads what the hub returns.
//
//     node department.js publish FILE…   JSON lines, one CloudEvent per line
//     node department.js returns         prints what was refused, takes it off the queue, ends when nothing more comes
//
// AMQP_URL is amqps://USER:PASSWORD@HOST:PORT/liangdi; USER is <feed>.<division>, for example police.320500.
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import amqp from "amqplib";

const [command, ...files] = process.argv.slice(2);
const user = decodeURIComponent(new URL(process.env.AMQP_URL).username);
const connection = await amqp.connect(process.env.AMQP_URL);
if (command === "publish") process.exitCode = await publish(files);
else if (command === "returns") process.exitCode = await returns();
else throw new Error("say `publish FILE…` or `returns`");
await connection.close();

/**
 * Every message is safe with the broker when this returns 0. After any other end, run it again: the hub knows a message
 * by its source and id, and only counts the repetition.
 */
async function publish(files) {
  const channel = await connection.createConfirmChannel();
  const exchange = `feed.${user.slice(0, user.lastIndexOf("."))}`;
  const unroutable = new Set(); // the broker returns such a message, and confirms it all the same, after that
  channel.on("return", (message) => unroutable.add(message.properties.messageId));
  let sent = 0;
  for (const file of files) {
    let number = 0;
    for await (const line of createInterface({ input: createReadStream(file) })) {
      number += 1;
      let message;
      try {
        message = JSON.parse(line);
      } catch {
        return failed(`${file}:${number} is no CloudEvent in JSON; \`liangdi check\` says more`);
      }
      try {
        await publishOne(channel, exchange, message, line);
      } catch (error) {
        return failed(`${file}:${number}: the broker did not take it (${error.message}); try again later`);
      }
      if (unroutable.has(message.id)) return failed(`${file}:${number}: no queue behind ${exchange}; tell the operators`);
      sent += 1;
    }
  }
  console.log(`${sent} messages published and confirmed`);
  return 0;
}

function publishOne(channel, exchange, message, line) {
  const options = {
    contentType: "application/cloudevents+json",
    persistent: true, // survives a restart of the broker
    mandatory: true, // a message that no queue takes comes back instead of vanishing
    messageId: message.id,
    userId: user, // the broker vouches for it; the hub refuses a message without
  };
  return new Promise((resolve, reject) => {
    const confirmed = (error) => (error ? reject(error) : resolve());
    channel.publish(exchange, message.type, Buffer.from(line), options, confirmed);
  });
}

/** Exit code 1 if something was refused: mend those messages and publish them again, under the same ids. */
async function returns() {
  const channel = await connection.createChannel();
  let found = 0;
  for (let delivery; (delivery = await channel.get(`partner.${user}`)); found += 1) {
    const { seqno, type, data } = JSON.parse(delivery.content.toString());
    const place = data.path ?? data.fields?.join(", ") ?? "the whole message";
    console.log(`${seqno}: message ${data.message.id ?? "of unknown id"} came back (${type}): ${data.reason} at ${place}`);
    channel.ack(delivery); // only now does the broker forget it
  }
  await channel.close(); // sends what is on its way, acknowledgements included
  return found ? 1 : 0;
}

function failed(why) {
  console.error(why);
  return 1;
}
