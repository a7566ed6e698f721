import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const PREFIX = 'rolebridge_';
/** From 1 ms (a local transaction) to the cap of a slow target call. */
const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export interface MetricDefinition<Label extends string = string> {
  /** snake_case without the prefix `rolebridge_`; counters end in `_total`, histograms in `_seconds` or `_bytes`. */
  readonly name: string;
  readonly help: string;
  /** Few values each; never a person. */
  readonly labels?: readonly Label[];
}

/** The metrics of one process. Asking twice for a name gives the same metric. */
export interface Metrics {
  readonly registry: Registry;
  counter<Label extends string = never>(definition: MetricDefinition<Label>): Counter<Label>;
  gauge<Label extends string = never>(definition: GaugeDefinition<Label>): Gauge<Label>;
  histogram<Label extends string = never>(definition: MetricDefinition<Label> & { readonly buckets?: readonly number[] }): Histogram<Label>;
}

type GaugeDefinition<Label extends string> = MetricDefinition<Label> & { readonly collect?: (gauge: Gauge<Label>) => void | Promise<void> };

/** Metrics of a service: label `service` on all, the default metrics of the process under their usual names. */
export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    counter: ({ name, help, labels = [] }) => {
      const full = checked(name, /_total$/, 'a counter ends in _total');
      return known(registry, full, Counter) ?? new Counter({ name: full, help, labelNames: [...labels], registers: [registry] });
    },
    gauge: ({ name, help, labels = [], collect }) => {
      const full = checked(name, /(?<!_total)$/, 'only a counter ends in _total');
      return known(registry, full, Gauge) ?? newGauge(registry, { name: full, help, labels, ...(collect ? { collect } : {}) });
    },
    histogram: ({ name, help, labels = [], buckets = SECONDS_BUCKETS }) => {
      const full = checked(name, /_(seconds|bytes|records)$/, 'a histogram ends in _seconds, _bytes or _records');
      return known(registry, full, Histogram) ?? new Histogram({ name: full, help, labelNames: [...labels], buckets: [...buckets], registers: [registry] });
    },
  };
}

/** `collect` is asked at every scrape. */
function newGauge<Label extends string>(registry: Registry, { name, help, labels = [], collect }: GaugeDefinition<Label>): Gauge<Label> {
  const gauge: Gauge<Label> = new Gauge({ name, help, labelNames: [...labels], registers: [registry], ...(collect ? { collect: () => collect(gauge) } : {}) });
  return gauge;
}

function checked(name: string, ending: RegExp, rule: string): string {
  const full = name.startsWith(PREFIX) ? name : PREFIX + name;
  if (!/^[a-z][a-z0-9_]*$/.test(full)) throw new Error(`Metric ${full}: names are snake_case.`);
  if (!ending.test(full)) throw new Error(`Metric ${full}: ${rule}.`);
  return full;
}

function known<M extends object>(registry: Registry, name: string, Kind: new (...args: never[]) => M): M | undefined {
  const metric = registry.getSingleMetric(name);
  if (metric === undefined) return undefined;
  if (!(metric instanceof Kind)) throw new Error(`Metric ${name} exists already as another kind.`);
  return metric;
}
