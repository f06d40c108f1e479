import { startKafka } from '@tagservice/testbed';
import { kafkaTopicAdmin } from '@tagservice/event-bus';
import { Subject } from './src/process/subject.ts';
const k = await startKafka(); const admin = kafkaTopicAdmin({ brokers: [k.address], clientId: 'b', timeoutMs: 30000 });
for (const name of ['ours', 'kafkajs', 'platformatic']) { await admin.create({ name: 't' + name, partitions: 4, replicationFactor: 1, configs: {} });
const s = await Subject.start({ program: process.execPath, args: ['bench/src/bus/' + name + '.ts', k.address, 't' + name, 'g' + name] });
for (let i = 0; i < 4; i++) console.log(name, JSON.stringify(await s.ask('run 30000')), s.usage().cpuSeconds);
await s.stop(); }
await admin.close(); await k.stop();
