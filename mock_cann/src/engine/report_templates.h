/* Texts of the predefined error codes. */
#ifndef MC_ENGINE_REPORT_TEMPLATES_H
#define MC_ENGINE_REPORT_TEMPLATES_H

typedef struct mc_report_template {
  const char *code;
  const char *title;
  const char *message; /* %s per argument */
  int arguments;
  const char *cause;    /* NULL: none is printed */
  const char *solution; /* NULL: none is printed */
} mc_report_template;

/* NULL for a code without template. */
const mc_report_template *mc_report_template_find(const char *code);

#endif
