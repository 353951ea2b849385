export { Changes } from "./Changes";
export { ManagedNote } from "./ManagedNote";
export { Outdated } from "./Outdated";
export { type EditWanted, type SendEdit, useEdit } from "./useEdit";
