export { Changes } from "./Changes";
export { ManagedNote } from "./ManagedNote";
export { type EditWanted, type SendEdit, useEdit } from "./useEdit";
