// The parts of ECharts that the dashboards use, and the one function that they call: a module that the first chart adds to its page.
// The option comes from the application, built with charming; added here is what charming cannot say: functions, and a tooltip drawn
// in SVG because the page's policy forbids inline styles.
import * as echarts from "echarts/core";
import { BarChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

echarts.use([BarChart, GridComponent, TooltipComponent, SVGRenderer]);

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

globalThis.drawChart = (element, json) => {
  const { option, readings, axis } = JSON.parse(json);
  const chart = echarts.getInstanceByDom(element) ?? open(element);
  option.textStyle = { fontFamily: getComputedStyle(element).fontFamily };
  option.yAxis.axisLabel.formatter = (value) => axis.prefix + compact.format(value / axis.divisor);
  option.xAxis.axisLabel.hideOverlap = true;
  Object.assign(option.tooltip, {
    renderMode: "richText",
    confine: true,
    formatter: ([first]) => readings[first.dataIndex],
    backgroundColor: "var(--ink)",
    borderWidth: 0,
    padding: [8, 10],
    textStyle: { color: "var(--paper)", fontSize: 12, lineHeight: 18 },
    shadowBlur: 0,
    shadowColor: "transparent",
  });
  Object.assign(option.tooltip.axisPointer, {
    shadowStyle: { color: "var(--hover)", opacity: 0.7 },
    lineStyle: { color: "var(--line-strong)", type: "solid" },
    z: -1,
  });
  chart.setOption(option, { replaceMerge: ["series"] });
};

// A drawing that follows the size of its element and ends with it.
function open(element) {
  const chart = echarts.init(element, null, { renderer: "svg" });
  const observer = new ResizeObserver(() => {
    if (element.isConnected) {
      chart.resize();
    } else {
      observer.disconnect();
      chart.dispose();
    }
  });
  observer.observe(element);
  return chart;
}
