import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { ProcessRequest } from '../jobs/process-request.use-case.ts';
import type { Delivery } from '../jobs/running-job.ts';
import { Abandoned } from '../jobs/durable-writes.ts';
import { PORTS } from '../ports.ts';
import type { ComputePorts } from '../ports.ts';
import { TAG_REQUESTS } from './bus-transport.ts';

@Controller()
export class TagRequestsController {
  constructor(
    @Inject(PORTS) private readonly ports: ComputePorts,
    private readonly process: ProcessRequest,
  ) {}

  /** Logs why a message is given again; the pause before that is the bus's. */
  @EventPattern(TAG_REQUESTS)
  async tagRequest(@Payload() delivery: Delivery): Promise<void> {
    try {
      await this.process.handle(delivery);
    } catch (error) {
      const { partition, offset } = delivery.message;
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      if (error instanceof Abandoned) this.ports.logger.info({ partition, offset }, 'message was taken away');
      else this.ports.logger.warn({ partition, offset, reason }, 'message is tried again');
      throw error;
    }
  }
}
