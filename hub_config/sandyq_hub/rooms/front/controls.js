// ipywidgets' controls, fetched by pages that have some.

import DOMPurify from "dompurify";

export * from "@jupyter-widgets/controls";
export { DOMPurify };
