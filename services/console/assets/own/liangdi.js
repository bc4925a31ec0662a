// The few things that a page does by itself; everything works without it.
"use strict";
