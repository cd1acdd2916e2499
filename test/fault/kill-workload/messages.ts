import type { Change } from "./ledger";
import { pause } from "./ledger";
import { type Actor, accountArn, orNothing, type World } from "./world";

const deliveries = "deliveries";
const urlOf = (queue: string) => `http://127.0.0.1/000000000000/${queue}`;

/** A queue's messages: sent, received, deleted. At rest every one that was sent is there, and none that was deleted. */
export function queueMessages(world: World): Actor {
  const QueueUrl = urlOf("work");
  const sent = new Set<string>();
  const deleted = new Set<string>();
  /** Their deletion was not acknowledged. */
  const unsure = new Set<string>();
  const receive = (seconds: number) =>
    world.clients.sqs
      .receiveMessage({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: seconds })
      .then(({ Messages = [] }) => Messages);
  return {
    name: "sqs messages",
    async step() {
      if (world.random() < 0.7) {
        const body = world.name("message");
        await world.clients.sqs.sendMessage({ QueueUrl, MessageBody: body });
        sent.add(body);
        world.ledger.acknowledged += 1;
        return;
      }
      for (const { Body = "", ReceiptHandle } of await receive(2)) {
        unsure.add(Body);
        await world.clients.sqs.deleteMessage({ QueueUrl, ReceiptHandle });
        deleted.add(Body);
        sent.delete(Body);
        world.ledger.acknowledged += 1;
      }
    },
    async atRest() {
      const found = new Set<string>();
      const wanted = () => [...sent].filter((body) => !found.has(body) && !unsure.has(body));
      for (let tries = 0; tries < 60; tries += 1) {
        const batch = await receive(30);
        for (const { Body = "", ReceiptHandle } of batch) {
          found.add(Body);
          await world.clients.sqs.deleteMessage({ QueueUrl, ReceiptHandle });
        }
        if (batch.length === 0 && wanted().length === 0) break;
        if (batch.length === 0) await pause(100);
      }
      const lost = wanted().map((body) => `message ${body} was sent and is lost`);
      const back = [...found]
        .filter((body) => deleted.has(body))
        .map((body) => `message ${body} was deleted and is back`);
      for (const body of found) deleted.add(body);
      sent.clear();
      unsure.clear();
      return [...lost, ...back];
    },
  };
}

/** What is published on a topic, put on the bus and called by schedules arrives in a queue, at least once. */
export function published(world: World): Actor {
  const QueueUrl = urlOf(deliveries);
  const expected = new Set<string>();
  const publish = (id: string) =>
    world.clients.sns.publish({ TopicArn: accountArn("sns", "kills"), Message: `<${id}>` });
  const put = (id: string) =>
    world.clients.events.putEvents({
      Entries: [{ Source: "kills", DetailType: "kill", Detail: JSON.stringify({ id: `<${id}>` }) }],
    });
  const schedule = (id: string) =>
    world.clients.scheduler.createSchedule({
      Name: id,
      // A moment that is over when the request arrives would never come.
      ScheduleExpression: `at(${new Date(Date.now() + 3000).toISOString().slice(0, 19)})`,
      FlexibleTimeWindow: { Mode: "OFF" },
      ActionAfterCompletion: "DELETE",
      Target: {
        Arn: accountArn("sqs", deliveries),
        RoleArn: "arn:aws:iam::000000000000:role/x",
        Input: JSON.stringify({ id: `<${id}>` }),
      },
    });
  const ways = [
    ["published", publish],
    ["put", put],
    ["scheduled", schedule],
  ] as const;
  return {
    name: "deliveries",
    async step() {
      const [kind, deliver] = world.random.one(ways);
      const id = world.name(kind);
      await deliver(id);
      expected.add(id);
      world.ledger.acknowledged += 1;
    },
    async atRest() {
      for (let tries = 0; tries < 100 && expected.size > 0; tries += 1) {
        const { Messages = [] } = await world.clients.sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
        for (const { Body = "", ReceiptHandle } of Messages) {
          for (const [, id = ""] of Body.matchAll(/<([a-z]+-\d+)>/g)) expected.delete(id);
          await world.clients.sqs.deleteMessage({ QueueUrl, ReceiptHandle });
        }
        if (Messages.length === 0) await pause(100);
      }
      const lost = [...expected].map((id) => `${id} never arrived`);
      expected.clear();
      return lost;
    },
  };
}

/** The queue, topic and rule that {@link published} goes through. */
export async function prepareMessages({ clients }: World): Promise<void> {
  for (const QueueName of ["work", deliveries]) await clients.sqs.createQueue({ QueueName });
  await clients.sns.createTopic({ Name: "kills" });
  const arn = accountArn("sqs", deliveries);
  await clients.sns.subscribe({ TopicArn: accountArn("sns", "kills"), Protocol: "sqs", Endpoint: arn });
  await clients.events.putRule({ Name: "deliver", EventPattern: JSON.stringify({ source: ["kills"] }) });
  await clients.events.putTargets({ Rule: "deliver", Targets: [{ Id: "queue", Arn: arn }] });
}

/** Queues, topics, subscriptions, rules, buses and schedules themselves. */
export function messaging(world: World): Actor {
  const { ledger, random } = world;
  const queue = () => {
    const [QueueName, seconds] = [`q${random.below(3)}`, String(1 + random.below(600))];
    const QueueUrl = urlOf(QueueName);
    const read = () =>
      orNothing(
        world.clients.sqs
          .getQueueAttributes({ QueueUrl, AttributeNames: ["VisibilityTimeout"] })
          .then(({ Attributes }) => Attributes?.VisibilityTimeout),
      );
    const key = `queue ${QueueName}`;
    const Attributes = { VisibilityTimeout: seconds };
    if (ledger.known(key) === undefined) {
      return ledger.write([{ key, read, to: seconds }], () => world.clients.sqs.createQueue({ QueueName, Attributes }));
    }
    return random() < 0.3
      ? ledger.write([{ key, read, to: undefined }], () => world.clients.sqs.deleteQueue({ QueueUrl }))
      : ledger.write([{ key, read, to: seconds }], () =>
          world.clients.sqs.setQueueAttributes({ QueueUrl, Attributes }),
        );
  };
  const topic = () => {
    const Name = `t${random.below(3)}`;
    const TopicArn = accountArn("sns", Name);
    const DisplayName = `topic ${random.below(1e6)}`;
    const read = () =>
      orNothing(world.clients.sns.getTopicAttributes({ TopicArn }).then(({ Attributes }) => Attributes?.DisplayName));
    const key = `topic ${Name}`;
    if (ledger.known(key) === undefined) {
      return ledger.write([{ key, read, to: DisplayName }], () =>
        world.clients.sns.createTopic({ Name, Attributes: { DisplayName } }),
      );
    }
    return random() < 0.3
      ? ledger.write([{ key, read, to: undefined }], () => world.clients.sns.deleteTopic({ TopicArn }))
      : ledger.write([{ key, read, to: DisplayName }], () =>
          world.clients.sns.setTopicAttributes({ TopicArn, AttributeName: "DisplayName", AttributeValue: DisplayName }),
        );
  };
  const rule = () => {
    const Name = `r${random.below(3)}`;
    const ruleOf = (to: unknown): Change => ({
      key: `rule ${Name}`,
      to,
      read: () =>
        orNothing(
          world.clients.events
            .describeRule({ Name })
            .then(({ ScheduleExpression, State }) => [ScheduleExpression, State]),
        ),
    });
    const targetsOf = (to: unknown): Change => ({
      key: `targets ${Name}`,
      to,
      read: () =>
        orNothing(
          world.clients.events
            .listTargetsByRule({ Rule: Name })
            .then(({ Targets = [] }) => (Targets.length > 0 ? Targets.map(({ Id }) => Id) : undefined)),
        ),
    });
    const known = ledger.known<[string, string]>(`rule ${Name}`);
    const Targets = [{ Id: "q", Arn: accountArn("sqs", deliveries) }];
    const hasTargets = ledger.known(`targets ${Name}`) !== undefined;
    if (known === undefined || random() < 0.3) {
      const ScheduleExpression = `rate(${2 + random.below(900)} days)`;
      return ledger.write([ruleOf([ScheduleExpression, "ENABLED"])], () =>
        world.clients.events.putRule({ Name, ScheduleExpression }),
      );
    }
    if (hasTargets && random() < 0.5) {
      return ledger.write([targetsOf(undefined)], () => world.clients.events.removeTargets({ Rule: Name, Ids: ["q"] }));
    }
    if (!hasTargets && random() < 0.5) {
      return ledger.write([targetsOf(["q"])], () => world.clients.events.putTargets({ Rule: Name, Targets }));
    }
    if (!hasTargets && random() < 0.5) {
      return ledger.write([ruleOf(undefined)], () => world.clients.events.deleteRule({ Name }));
    }
    return known[1] === "ENABLED"
      ? ledger.write([ruleOf([known[0], "DISABLED"])], () => world.clients.events.disableRule({ Name }))
      : ledger.write([ruleOf([known[0], "ENABLED"])], () => world.clients.events.enableRule({ Name }));
  };
  const bus = () => {
    const Name = `bus${random.below(2)}`;
    const key = `bus ${Name}`;
    const to = ledger.known(key) === undefined ? Name : undefined;
    const read = () => orNothing(world.clients.events.describeEventBus({ Name }).then((found) => found.Name));
    return ledger.write([{ key, read, to }], () =>
      to === undefined ? world.clients.events.deleteEventBus({ Name }) : world.clients.events.createEventBus({ Name }),
    );
  };
  const schedule = () => {
    const Name = `weekly${random.below(3)}`;
    const key = `schedule ${Name}`;
    const ScheduleExpression = `rate(${2 + random.below(900)} days)`;
    const read = () =>
      orNothing(world.clients.scheduler.getSchedule({ Name }).then((found) => found.ScheduleExpression));
    const request = {
      Name,
      ScheduleExpression,
      FlexibleTimeWindow: { Mode: "OFF" as const },
      Target: { Arn: accountArn("sqs", deliveries), RoleArn: "arn:aws:iam::000000000000:role/x" },
    };
    if (ledger.known(key) === undefined) {
      return ledger.write([{ key, read, to: ScheduleExpression }], () =>
        world.clients.scheduler.createSchedule(request),
      );
    }
    return random() < 0.3
      ? ledger.write([{ key, read, to: undefined }], () => world.clients.scheduler.deleteSchedule({ Name }))
      : ledger.write([{ key, read, to: ScheduleExpression }], () => world.clients.scheduler.updateSchedule(request));
  };
  return { name: "messaging", step: () => random.one([queue, topic, rule, rule, bus, schedule])() };
}
