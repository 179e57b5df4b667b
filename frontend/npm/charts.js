// The parts of ECharts that the dashboards use. `charming` looks for the library under `window.echarts`.
import * as echarts from "echarts/core";
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

echarts.use([BarChart, LineChart, GridComponent, TooltipComponent, SVGRenderer]);

globalThis.echarts = echarts;
