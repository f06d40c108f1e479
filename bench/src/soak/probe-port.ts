/** Names the port on which a probe answers. */
export const PROBE_PORT_VARIABLE = 'BENCH_PROBE_PORT';
