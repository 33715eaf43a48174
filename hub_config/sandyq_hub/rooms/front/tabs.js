// Stands in for @lumino/widgets where the controls are built: what the page's script has, and bars of tabs.

export { Panel, PanelLayout, Widget } from "room";
export { TabBar } from "../../../../node_modules/@lumino/widgets/src/tabbar.ts";
