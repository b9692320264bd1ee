/* Entry libraries export CANN's names and nothing else. Entry files are compiled with default visibility, so
 * what is ours inside them - the bodies behind the public handles, helpers - says so here. */
#ifndef MC_GE_HIDDEN_H
#define MC_GE_HIDDEN_H

#define MC_HIDDEN __attribute__((visibility("hidden")))

#endif
