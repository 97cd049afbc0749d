"""Readings as a page that Prometheus reads. Imported only where such a page is asked for."""

from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, Metric, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

from ytarchive.domain.meters import BUCKETS, Durations
from ytarchive.domain.metrics import Family, Kind, Reading

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
_BOUNDS: Final = (*(str(float(seconds)) for seconds in BUCKETS), "+Inf")


def page(readings: Iterable[Reading]) -> bytes:
    """Give the text of all readings, each family's together."""
    registry = CollectorRegistry()
    registry.register(_Collector(readings))
    return generate_latest(registry)


class _Collector:
    """Gives metrics that were read a moment ago, instead of counting any itself."""

    def __init__(self, readings: Iterable[Reading]) -> None:
        self._by_family: dict[Family, list[Reading]] = {}
        for reading in readings:
            self._by_family.setdefault(reading.family, []).append(reading)

    def describe(self) -> Iterator[Metric]:
        """Say nothing: the registry would read everything to learn the names."""
        yield from ()

    def collect(self) -> Iterator[Metric]:
        """Give every family."""
        for family, readings in self._by_family.items():
            match family.kind:
                case Kind.COUNTER:
                    metric: Metric = _numbers(CounterMetricFamily, family, readings)
                case Kind.GAUGE:
                    metric = _numbers(GaugeMetricFamily, family, readings)
                case Kind.HISTOGRAM:
                    metric = _histogram(family, readings)
            yield metric


def _numbers(
    kind: type[CounterMetricFamily | GaugeMetricFamily], family: Family, readings: Iterable[Reading]
) -> Metric:
    metric = kind(family.name, family.help, labels=family.labels)
    for reading in readings:
        assert not isinstance(reading.value, Durations)
        metric.add_metric(reading.labels, reading.value)
    return metric


def _histogram(family: Family, readings: Iterable[Reading]) -> Metric:
    metric = HistogramMetricFamily(family.name, family.help, labels=family.labels)
    for reading in readings:
        assert isinstance(reading.value, Durations)
        buckets = list(zip(_BOUNDS, reading.value.up_to(), strict=True))
        metric.add_metric(reading.labels, buckets, reading.value.seconds)
    return metric
