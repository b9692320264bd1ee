/* The aclnn operators: views, broadcasts and types; what is prepared is free of what it was made from. */
#include "check.h"

#include "aclnn/acl_meta.h"
#include "aclnn/aclnn_base.h"
#include "mock_cann.h"

#define DECLARE(name, ...)                                                                                   \
  aclnnStatus name##GetWorkspaceSize(__VA_ARGS__, uint64_t *, aclOpExecutor **);                             \
  aclnnStatus name(void *, uint64_t, aclOpExecutor *, aclrtStream)

DECLARE(aclnnAdd, const aclTensor *, const aclTensor *, const aclScalar *, aclTensor *);
DECLARE(aclnnAdds, const aclTensor *, const aclScalar *, const aclScalar *, aclTensor *);
DECLARE(aclnnInplaceCopy, aclTensor *, const aclTensor *);
DECLARE(aclnnInplaceFillScalar, aclTensor *, const aclScalar *);
DECLARE(aclnnCast, const aclTensor *, const aclDataType, aclTensor *);
DECLARE(aclnnLtTensor, const aclTensor *, const aclTensor *, aclTensor *);
DECLARE(aclnnReduceSum, const aclTensor *, const aclIntArray *, bool, aclDataType, aclTensor *);

static void *on_device(const void *data, size_t size) {
  void *memory = NULL;
  NEED(aclrtMalloc(&memory, size, ACL_MEM_MALLOC_HUGE_FIRST));
  if (data != NULL) {
    NEED(aclrtMemcpy(memory, size, data, size, ACL_MEMCPY_HOST_TO_DEVICE));
  } else {
    NEED(aclrtMemset(memory, size, 0x55, size));
  }
  return memory;
}

/* A view of `memory`, which stores `stored` elements. */
static aclTensor *view(void *memory, aclDataType type, int rank, const int64_t *dims, const int64_t *strides,
                       int64_t offset, int64_t stored) {
  aclTensor *tensor = aclCreateTensor(dims, (uint64_t)rank, type, strides, offset, ACL_FORMAT_ND, &stored, 1, memory);
  EXPECT(tensor != NULL);
  return tensor;
}

#define STRIDES(...) ((int64_t[]){__VA_ARGS__})

static void adds_views_into_a_view(aclrtStream stream) {
  float a[12], b[2] = {100, 200}, got[12];
  for (int i = 0; i < 12; ++i) {
    a[i] = (float)i;
  }
  void *ma = on_device(a, sizeof a), *mb = on_device(b, sizeof b), *mo = on_device(NULL, sizeof got);
  /* a as 4 x 3, of which columns 1 and 2 turned on their side; b broadcast; the result into columns of 2 x 6 */
  aclTensor *x = view(ma, ACL_FLOAT, DIMS(4, 2), STRIDES(3, 1), 1, 12), *y = view(mb, ACL_FLOAT, DIMS(2), STRIDES(1), 0, 2);
  aclTensor *z = view(mo, ACL_FLOAT, DIMS(4, 2), STRIDES(1, 6), 1, 12);
  int64_t one = 1;
  aclScalar *alpha = aclCreateScalar(&one, ACL_INT64);
  uint64_t size = 7;
  aclOpExecutor *executor = NULL;
  NEED(aclnnAddGetWorkspaceSize(x, y, alpha, z, &size, &executor));
  EXPECT(size == 0);
  NEED(aclDestroyTensor(x));
  NEED(aclDestroyTensor(y));
  NEED(aclDestroyTensor(z));
  NEED(aclDestroyScalar(alpha));
  NEED(aclnnAdd(NULL, 0, executor, stream));
  NEED(aclrtSynchronizeStream(stream));
  NEED(aclrtMemcpy(got, sizeof got, mo, sizeof got, ACL_MEMCPY_DEVICE_TO_HOST));
  for (int row = 0; row < 2; ++row) {
    for (int column = 0; column < 6; ++column) {
      uint32_t bits;
      memcpy(&bits, &got[row * 6 + column], 4);
      if (column == 0 || column == 5) {
        EXPECT(bits == 0x55555555u); /* nothing beside the view is touched */
      } else {
        EXPECT(got[row * 6 + column] == a[(column - 1) * 3 + 1 + row] + b[row]);
      }
    }
  }
  NEED(aclrtFree(ma));
  NEED(aclrtFree(mb));
  NEED(aclrtFree(mo));
}

static void a_repeatable_call_runs_again(aclrtStream stream) {
  int32_t a[3] = {1, 2, 3}, got[3];
  void *ma = on_device(a, sizeof a);
  aclTensor *x = view(ma, ACL_INT32, DIMS(3), STRIDES(1), 0, 3);
  int32_t three = 3, two = 2;
  aclScalar *other = aclCreateScalar(&three, ACL_INT32), *alpha = aclCreateScalar(&two, ACL_INT32);
  uint64_t size;
  aclOpExecutor *executor = NULL;
  const long long runs = mock_cann_count("aclnn-runs");
  NEED(aclnnAddsGetWorkspaceSize(x, other, alpha, x, &size, &executor));
  NEED(aclSetAclOpExecutorRepeatable(executor));
  for (int i = 0; i < 3; ++i) {
    NEED(aclnnAdds(NULL, 0, executor, stream));
  }
  NEED(aclDestroyAclOpExecutor(executor));
  NEED(aclrtSynchronizeStream(stream));
  EXPECT(mock_cann_count("aclnn-runs") == runs + 3);
  NEED(aclrtMemcpy(got, sizeof got, ma, sizeof got, ACL_MEMCPY_DEVICE_TO_HOST));
  for (int i = 0; i < 3; ++i) {
    EXPECT(got[i] == a[i] + 18);
  }
  NEED(aclDestroyTensor(x));
  NEED(aclDestroyScalar(other));
  NEED(aclDestroyScalar(alpha));
  NEED(aclrtFree(ma));
}

/* Copies broadcast and change types; fills go through views. */
static void copies_and_fills(aclrtStream stream) {
  const double a[2] = {-1.75, 2.5};
  int64_t got[6];
  void *ma = on_device(a, sizeof a), *mo = on_device(NULL, sizeof got);
  aclTensor *x = view(ma, ACL_DOUBLE, DIMS(2, 1), STRIDES(1, 1), 0, 2), *z = view(mo, ACL_INT64, DIMS(2, 3), STRIDES(3, 1), 0, 6);
  aclTensor *corner = view(mo, ACL_INT64, DIMS(2), STRIDES(3), 2, 6);
  int64_t large = (INT64_C(1) << 53) + 1 - 2;
  aclScalar *value = aclCreateScalar(&large, ACL_INT64);
  uint64_t size;
  aclOpExecutor *executor = NULL;
  NEED(aclnnInplaceCopyGetWorkspaceSize(z, x, &size, &executor));
  NEED(aclnnInplaceCopy(NULL, 0, executor, stream));
  NEED(aclnnInplaceFillScalarGetWorkspaceSize(corner, value, &size, &executor));
  NEED(aclnnInplaceFillScalar(NULL, 0, executor, stream));
  NEED(aclrtSynchronizeStream(stream));
  NEED(aclrtMemcpy(got, sizeof got, mo, sizeof got, ACL_MEMCPY_DEVICE_TO_HOST));
  const int64_t want[6] = {-1, -1, large, 2, 2, large};
  EXPECT(memcmp(got, want, sizeof got) == 0);
  NEED(aclDestroyTensor(x));
  NEED(aclDestroyTensor(z));
  NEED(aclDestroyTensor(corner));
  NEED(aclDestroyScalar(value));
  NEED(aclrtFree(ma));
  NEED(aclrtFree(mo));
}

/* Both sides of a comparison are seen in their common type; sums over no axes are over all. */
static void compares_and_sums(aclrtStream stream) {
  const float a[4] = {0.5f, 1.5f, 2.5f, -3};
  const int32_t b[4] = {1, 1, 2, -4};
  bool less[4];
  float sum;
  void *ma = on_device(a, sizeof a), *mb = on_device(b, sizeof b), *ml = on_device(NULL, 4), *ms = on_device(NULL, 4);
  aclTensor *x = view(ma, ACL_FLOAT, DIMS(2, 2), STRIDES(2, 1), 0, 4), *y = view(mb, ACL_INT32, DIMS(2, 2), STRIDES(2, 1), 0, 4);
  aclTensor *l = view(ml, ACL_BOOL, DIMS(2, 2), STRIDES(2, 1), 0, 4), *s = view(ms, ACL_FLOAT, 0, NULL, NULL, 0, 1);
  aclIntArray *none = aclCreateIntArray(NULL, 0);
  uint64_t size;
  aclOpExecutor *executor = NULL;
  NEED(aclnnLtTensorGetWorkspaceSize(x, y, l, &size, &executor));
  NEED(aclnnLtTensor(NULL, 0, executor, stream));
  NEED(aclnnReduceSumGetWorkspaceSize(x, none, false, ACL_FLOAT, s, &size, &executor));
  NEED(aclnnReduceSum(NULL, 0, executor, stream));
  NEED(aclrtSynchronizeStream(stream));
  NEED(aclrtMemcpy(less, 4, ml, 4, ACL_MEMCPY_DEVICE_TO_HOST));
  NEED(aclrtMemcpy(&sum, 4, ms, 4, ACL_MEMCPY_DEVICE_TO_HOST));
  EXPECT(less[0] && !less[1] && !less[2] && !less[3] && sum == 1.5f);
  NEED(aclDestroyTensor(x));
  NEED(aclDestroyTensor(y));
  NEED(aclDestroyTensor(l));
  NEED(aclDestroyTensor(s));
  NEED(aclDestroyIntArray(none));
  NEED(aclrtFree(ma));
  NEED(aclrtFree(mb));
  NEED(aclrtFree(ml));
  NEED(aclrtFree(ms));
}

static void refuses_what_does_not_fit(aclrtStream stream) {
  const float a[4] = {1, 2, 3, 4};
  void *ma = on_device(a, sizeof a);
  aclTensor *x = view(ma, ACL_FLOAT, DIMS(4), STRIDES(1), 0, 4), *three = view(ma, ACL_FLOAT, DIMS(3), STRIDES(1), 0, 3);
  aclTensor *beyond = view(ma, ACL_FLOAT, DIMS(4), STRIDES(2), 0, 4);
  int64_t one = 1;
  aclScalar *alpha = aclCreateScalar(&one, ACL_INT64);
  uint64_t size;
  aclOpExecutor *executor = NULL;
  REFUSED(aclnnAddGetWorkspaceSize(NULL, x, alpha, x, &size, &executor), 161001, "self");
  REFUSED(aclnnAddGetWorkspaceSize(x, x, NULL, x, &size, &executor), 161001, "alpha");
  REFUSED(aclnnAddGetWorkspaceSize(x, x, alpha, x, NULL, &executor), 161001, "workspaceSize");
  REFUSED(aclnnAddGetWorkspaceSize(x, three, alpha, x, &size, &executor), 161002, "Add");
  REFUSED(aclnnAddGetWorkspaceSize(x, x, alpha, three, &size, &executor), 161002, "described with shape [3]");
  REFUSED(aclnnInplaceCopyGetWorkspaceSize(x, three, &size, &executor), 161002, "cannot be broadcast to [4]");
  REFUSED(aclnnCastGetWorkspaceSize(x, ACL_INT8, x, &size, &executor), 161002, "dtype");
  REFUSED(aclnnAdd(NULL, 0, NULL, stream), 161001, "executor");
  EXPECT(executor == NULL);
  /* The storage says how far a view may go. */
  NEED(aclnnInplaceCopyGetWorkspaceSize(x, beyond, &size, &executor));
  REFUSED(aclnnInplaceCopy(NULL, 0, executor, stream), 500002, "has 16 bytes, 28 are needed");
  EXPECT(aclCreateTensor((int64_t[]){-1}, 1, ACL_FLOAT, NULL, 0, ACL_FORMAT_ND, (int64_t[]){1}, 1, ma) == NULL);
  EXPECT(aclCreateScalar(NULL, ACL_FLOAT) == NULL);
  EXPECT(aclCreateScalar(&one, ACL_STRING) == NULL);
  EXPECT(aclGetRecentErrMsg() != NULL);
  NEED(aclDestroyTensor(x));
  NEED(aclDestroyTensor(three));
  NEED(aclDestroyTensor(beyond));
  NEED(aclDestroyScalar(alpha));
  NEED(aclrtFree(ma));
}

/* What was put into the objects comes out of them. */
static void objects_tell(void) {
  int64_t *dims = NULL, offset = 0;
  uint64_t count = 0;
  aclDataType type = ACL_DT_UNDEFINED;
  aclTensor *members[2] = {view(NULL, ACL_BF16, DIMS(2, 3), STRIDES(5, 1), 4, 20), view(NULL, ACL_INT8, DIMS(1), NULL, 0, 1)};
  NEED(aclGetViewShape(members[0], &dims, &count));
  EXPECT(count == 2 && dims[0] == 2 && dims[1] == 3);
  free(dims);
  NEED(aclGetViewStrides(members[0], &dims, &count));
  EXPECT(count == 2 && dims[0] == 5 && dims[1] == 1);
  free(dims);
  NEED(aclGetStorageShape(members[0], &dims, &count));
  EXPECT(count == 1 && dims[0] == 20);
  free(dims);
  NEED(aclGetViewOffset(members[0], &offset));
  NEED(aclGetDataType(members[0], &type));
  EXPECT(offset == 4 && type == ACL_BF16);
  aclTensorList *list = aclCreateTensorList((const aclTensor *const *)members, 2); /* takes its members over */
  NEED(aclGetTensorListSize(list, &count));
  EXPECT(count == 2);
  NEED(aclDestroyTensorList(list));
  aclBoolArray *flags = aclCreateBoolArray((bool[]){true, false, true}, 3);
  NEED(aclGetBoolArraySize(flags, &count));
  EXPECT(count == 3);
  NEED(aclDestroyBoolArray(flags));
  REFUSED(aclGetViewOffset(NULL, &offset), 161001, "object");
}

int main(void) {
  EXPECT(mock_cann_schedule("deferred") == 0);
  aclrtStream stream = NULL;
  NEED(aclInit(NULL));
  NEED(aclrtSetDevice(0));
  NEED(aclnnInit(NULL));
  NEED(aclrtCreateStream(&stream));
  adds_views_into_a_view(stream);
  a_repeatable_call_runs_again(stream);
  copies_and_fills(stream);
  compares_and_sums(stream);
  EXPECT(aclGetRecentErrMsg() == NULL);
  refuses_what_does_not_fit(stream);
  objects_tell();
  NEED(aclnnFinalize());
  NEED(aclrtDestroyStream(stream));
  NEED(aclrtResetDevice(0));
  NEED(aclFinalize());
  return 0;
}
