import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { CrawlsController } from './crawls/crawls.controller.ts';
import { PlanCrawl } from './crawls/plan-crawl.use-case.ts';
import { JobQueue } from './jobs/job-queue.ts';
import { PageJobs } from './jobs/page-jobs.ts';
import { JobWatch } from './jobs/job-watch.ts';
import { JobEvents } from './jobs/job-events.ts';
import { LastJobs } from './jobs/last-jobs.ts';
import { JobsController } from './jobs/jobs.controller.ts';
import { OpenApiController } from './openapi/openapi.controller.ts';
import { PORTS } from './ports.ts';
import type { ApiPorts } from './ports.ts';
import { FeedbackController } from './feedback/feedback.controller.ts';
import { Idempotency } from './idempotency/idempotency.ts';
import { BatchController } from './tags/batch.controller.ts';
import { FindBatch } from './tags/find-batch.use-case.ts';
import { FindTags } from './tags/find-tags.use-case.ts';
import { PageRecords } from './tags/page-records.ts';
import { PageSender } from './tags/page-sender.ts';
import { TagsController } from './tags/tags.controller.ts';
import { FindRelated } from './urls/find-related.use-case.ts';
import { FindUrls } from './urls/find-urls.use-case.ts';
import { UrlsController } from './urls/urls.controller.ts';

@Module({})
export class ApiModule {
  static on(ports: ApiPorts): DynamicModule {
    return {
      module: ApiModule,
      controllers: [
        TagsController,
        BatchController,
        UrlsController,
        FeedbackController,
        CrawlsController,
        JobsController,
        OpenApiController,
      ],
      providers: [
        { provide: PORTS, useValue: ports },
        ...[PageRecords, JobQueue, JobWatch, LastJobs, PageJobs, JobEvents, Idempotency],
        ...[FindTags, PageSender, FindBatch, FindUrls, FindRelated, PlanCrawl],
      ],
    };
  }
}
