import { describe, expect, it } from 'vitest';
import { BenchFailure } from '../errors.ts';
import { parseLine } from '../process/lines.ts';
import { parseReport, since } from './report.ts';

// As `go run . ` prints it: Go sorts the keys of a map.
const fromGo = '{"event":"report","failures":0,"reconciles":120,"requests":{"GET":9,"PATCH":480}}';
const fromOurs = '{"event":"report","reconciles":120,"failures":0,"requests":{"GET":8,"PATCH":476,"POST":4}}';

describe('the report of an operator', () => {
  it('reads the same from Go and from TypeScript', () => {
    expect(parseReport(parseLine(fromGo))).toEqual({ reconciles: 120, failures: 0, requests: 489, writes: 480 });
    expect(parseReport(parseLine(fromOurs))).toEqual({ reconciles: 120, failures: 0, requests: 488, writes: 480 });
  });

  it('is worth nothing when a figure is missing', () => {
    expect(() => parseReport(parseLine('{"event":"ready"}'))).toThrow(BenchFailure);
    expect(() => parseReport(parseLine('{"reconciles":1,"failures":0,"requests":null}'))).toThrow(/requests/);
    expect(() => parseReport(parseLine('{"reconciles":"1","failures":0,"requests":{}}'))).toThrow(/reconciles/);
  });

  it('tells what happened between two moments', () => {
    const before = { reconciles: 10, failures: 1, requests: 50, writes: 40 };
    const after = { reconciles: 30, failures: 1, requests: 140, writes: 120 };
    expect(since(before, after)).toEqual({ reconciles: 20, failures: 0, requests: 90, writes: 80 });
  });
});
