//! A run as a picture: messages a second over time, and latency by percentile, of the hub beside the bare pipe.

use anyhow::Result;
use plotters::coord::Shift;
use plotters::prelude::*;

use super::rate::Rate;
use super::report::Measured;

const SIZE: (u32, u32) = (960, 360);
const HUB: RGBColor = RGBColor(31, 119, 180);
const BARE: RGBColor = RGBColor(160, 160, 160);

/// One curve: its name, its colour, its points.
type Curve = (&'static str, RGBColor, Vec<(f64, f64)>);

/// The picture of one run of a scenario, as SVG.
pub(super) fn svg(scenario: &str, run: &Measured) -> Result<String> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        area.fill(&WHITE).map_err(failed)?;
        let (left, right) = area.split_horizontally(SIZE.0 / 2);
        let rates = vec![("hub", HUB, run.hub.curve()), ("bare pipe", BARE, run.bare.curve())];
        draw(&left, &format!("{scenario}: messages/s over seconds"), &rates)?;
        if let Some((hub, bare)) = &run.latency {
            let latencies = vec![("hub", HUB, hub.percentiles.clone()), ("bare pipe", BARE, bare.percentiles.clone())];
            draw(&right, "ms from publish to notice, by percentile, at half load", &latencies)?;
        }
        area.present().map_err(failed)?;
    }
    Ok(text)
}

fn draw(area: &DrawingArea<SVGBackend<'_>, Shift>, title: &str, curves: &[Curve]) -> Result<()> {
    let points = || curves.iter().flat_map(|(_, _, points)| points);
    let max = |of: fn(&(f64, f64)) -> f64| points().map(of).fold(0.0, f64::max).max(1.0);
    let (x_max, y_max) = (max(|point| point.0), max(|point| point.1) * 1.05);
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 15))
        .margin(10)
        .x_label_area_size(28)
        .y_label_area_size(56)
        .build_cartesian_2d(0.0..x_max, 0.0..y_max)
        .map_err(failed)?;
    chart.configure_mesh().light_line_style(WHITE).draw().map_err(failed)?;
    for (name, colour, points) in curves.iter().filter(|(.., points)| !points.is_empty()) {
        let drawn = chart.draw_series(LineSeries::new(points.iter().copied(), colour)).map_err(failed)?;
        let colour = *colour;
        drawn.label(*name).legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour));
    }
    chart.configure_series_labels().background_style(WHITE).border_style(BLACK).draw().map_err(failed)
}

fn failed(error: impl std::error::Error) -> anyhow::Error {
    anyhow::anyhow!("the chart cannot be drawn: {error}")
}

impl Rate {
    /// Messages a second in each half second.
    fn curve(&self) -> Vec<(f64, f64)> {
        const BIN_S: f64 = 0.5;
        let mut curve = Vec::new();
        let (mut from_s, mut from) = (0.0, 0);
        for (at_s, messages) in &self.progress {
            if at_s - from_s >= BIN_S {
                curve.push((*at_s, (messages - from) as f64 / (at_s - from_s)));
                (from_s, from) = (*at_s, *messages);
            }
        }
        curve
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::latency::Latency;

    #[test]
    fn a_run_becomes_two_charts_with_both_curves() {
        let rate =
            |slope: u64| Rate { progress: (0..50).map(|n| (n as f64 * 0.1, n * slope)).collect(), ..Rate::default() };
        let latency = Latency { percentiles: vec![(50.0, 3.0), (99.0, 9.0)], ..Latency::default() };
        let run = Measured {
            messages: 100,
            hub: rate(100),
            bare: rate(200),
            bare_alone: 1.0,
            latency: Some((latency.clone(), latency)),
        };
        let curve = run.hub.curve();
        assert!(curve.iter().all(|(_, rate)| (*rate - 1_000.0).abs() < 1e-6), "{curve:?}");
        let svg = svg("feed-mix", &run).unwrap();
        assert!(svg.contains("feed-mix") && svg.matches("<polyline").count() >= 4);
    }
}
