// Code that is wider than its place can be scrolled with the keyboard too; code that fits is no stop on the way.
function reachable() {
  for (const each of document.querySelectorAll(".highlight pre, .output pre, .table-wrapper")) {
    if (each.scrollWidth > each.clientWidth) each.tabIndex = 0;
    else each.removeAttribute("tabindex");
  }
}
addEventListener("load", reachable);
addEventListener("resize", reachable);
addEventListener("toggle", reachable, true); // what was folded has no width yet
