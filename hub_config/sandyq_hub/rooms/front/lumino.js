// Stands in for @lumino/widgets: those of its widgets that every page needs, from their sources.

export { Layout, LayoutItem } from "../../../../node_modules/@lumino/widgets/src/layout.ts";
export { Panel } from "../../../../node_modules/@lumino/widgets/src/panel.ts";
export { PanelLayout } from "../../../../node_modules/@lumino/widgets/src/panellayout.ts";
export { Title } from "../../../../node_modules/@lumino/widgets/src/title.ts";
export { Widget } from "../../../../node_modules/@lumino/widgets/src/widget.ts";
