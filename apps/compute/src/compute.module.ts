import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { TagRequestsController } from './bus/tag-requests.controller.ts';
import { Announcer } from './jobs/announcer.ts';
import { Attempts } from './jobs/attempts.ts';
import { Conclusion } from './jobs/conclusion.ts';
import { DurableWrites } from './jobs/durable-writes.ts';
import { Outcomes } from './jobs/outcomes.ts';
import { PageWork } from './jobs/page-work.ts';
import { ProcessRequest } from './jobs/process-request.use-case.ts';
import { Postponement } from './retries/postponement.ts';
import { PORTS } from './ports.ts';
import type { ComputePorts } from './ports.ts';

@Module({})
export class ComputeModule {
  static on(ports: ComputePorts): DynamicModule {
    return {
      module: ComputeModule,
      controllers: [TagRequestsController],
      providers: [
        { provide: PORTS, useValue: ports },
        Announcer,
        Attempts,
        Conclusion,
        DurableWrites,
        Outcomes,
        PageWork,
        Postponement,
        ProcessRequest,
      ],
    };
  }
}
