/* Special functions that libm lacks, accurate to a few last places of double. */
#ifndef MC_OPS_SPECIAL_H
#define MC_OPS_SPECIAL_H

/* The x with erf(x) = y; infinite at -1 and 1, NaN outside. */
double mc_erfinv(double y);
/* The x below which a normal number is with probability p. */
double mc_ndtri(double p);
/* The logarithmic derivative of gamma; NaN at negative whole numbers. */
double mc_digamma(double x);
/* log |gamma(x)|, for several threads at once. */
double mc_lgamma(double x);

#endif
