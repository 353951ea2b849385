export type { Column } from "./columns";
export { type CursorList, useCursorList, wholeList } from "./cursorList";
export { DataTable } from "./DataTable";
export { type Selection, useSelection } from "./selection";
