/*
 * Control of the emulator. Not part of CANN: a program that uses it links -lmock_cann besides CANN's libraries.
 *
 * The environment variables of the same names do the same without a line of code: MOCK_CANN_PROFILE,
 * MOCK_CANN_SCHEDULE, MOCK_CANN_THREADS. What is chosen here must be chosen before the first call of CANN.
 */
#ifndef MOCK_CANN_H
#define MOCK_CANN_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Chooses the emulated box: "atlas-a2", "atlas-a3" or "atlas-300i", optionally with settings of its own:
 * "atlas-a2,devices=2,memory=8G,streams=10000". Returns 0, or -1 when the text is no profile or a box is in use
 * already; mock_cann_problem says why.
 */
int mock_cann_profile(const char *text);

/* "concurrent" (default), "deferred" (nothing runs until somebody waits) or "random:SEED" (one legal order, the same
 * every time). Returns 0, or -1 when the text is none of them or work is queued already. */
int mock_cann_schedule(const char *text);

/* Why the last choice failed; "" when nothing did. Static storage. */
const char *mock_cann_problem(void);

/* The profile and the schedule in force. Static storage. */
const char *mock_cann_profile_name(void);
const char *mock_cann_schedule_name(void);

/*
 * How often this process has done something on the emulated box, so that a test can tell a result of the device from one
 * that a client's fallback computed: "model-runs" (models and graphs launched), "operator-runs" (single operators
 * launched), "aclnn-runs" (those of them that came as aclnn functions), "operator-builds" (single operators compiled),
 * "plans" (plans made for shapes: one for every new shape of a dynamic graph). -1 when there is no such counter.
 */
long long mock_cann_count(const char *what);

/*
 * Fills in what inference knows of every tensor of a serialized graph (a ModelDef), for looking at it: its element type,
 * and its shape, -1 where that depends on unknown dims of the inputs. Needs no device and no aclInit. Returns new
 * bytes to be given to mock_cann_free; NULL when the bytes are no graph or hold an operator that is not emulated or
 * does not fit its inputs: problem says which.
 */
void *mock_cann_infer(const void *model, size_t size, size_t *inferred_size, char *problem, size_t problem_size);
void mock_cann_free(void *bytes);

/* The emulated toolkit's version, "0.1.0". */
const char *mock_cann_version(void);

#ifdef __cplusplus
}
#endif
#endif
