// The parts of ECharts that the dashboards use. `charming` looks for the library under `window.echarts`.
import * as echarts from "echarts/core";
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

echarts.use([BarChart, LineChart, GridComponent, TooltipComponent, SVGRenderer]);

// An HTML tooltip carries inline styles, which the page's policy forbids; a drawn one carries none.
echarts.registerPreprocessor((option) => {
  for (const tooltip of [option.tooltip].flat()) {
    if (tooltip) tooltip.renderMode = "richText";
  }
});

// `charming` names no renderer: SVG is sharp at every zoom, and its text can be selected.
const init = (element, theme, options) => echarts.init(element, theme, { renderer: "svg", ...options });

globalThis.echarts = { ...echarts, init };
