// The part of LiteRT's C API (2.3) that edgegan_run.c uses: libLiteRt.so has it, but the wheels
// hold no headers. Each function returns a status, 0 if all is well.
#ifndef EDGEGAN_LITERT_H
#define EDGEGAN_LITERT_H

#include <stddef.h>
#include <stdint.h>

enum { FLOAT32 = 1 };                                      // types of tensors
enum { CPU = 1 };                                          // accelerators
enum { READ = 0, WRITE = 1 };                              // ways to lock a buffer
enum { LEAST_LOGGED = 25, INTEGER = 2, ERRORS_ONLY = 3 };  // an option, its type, and its value

typedef struct LiteRtEnvironmentT *LiteRtEnvironment;
typedef struct LiteRtModelT *LiteRtModel;
typedef struct LiteRtOptionsT *LiteRtOptions;
typedef struct LiteRtOpaqueOptionsT *LiteRtOpaqueOptions;
typedef struct LiteRtCompiledModelT *LiteRtCompiledModel;
typedef struct LiteRtSignatureT *LiteRtSignature;
typedef struct LiteRtTensorT *LiteRtTensor;
typedef struct LiteRtTensorBufferT *LiteRtTensorBuffer;
typedef struct LiteRtTensorBufferRequirementsT *LiteRtTensorBufferRequirements;
typedef struct {
  int element;
  unsigned rank : 7, has_strides : 1;
  int32_t sizes[8];
  uint32_t strides[8];
} LiteRtRankedTensorType;

typedef struct {
  int tag;
  struct {
    int type;
    int64_t value;
  } any;
} LiteRtEnvOption;

int LiteRtCreateEnvironment(int count, const LiteRtEnvOption *, LiteRtEnvironment *);
int LiteRtCreateModelFromBuffer(LiteRtEnvironment, const void *bytes, size_t, LiteRtModel *);
int LiteRtCreateOptions(LiteRtOptions *);
int LiteRtSetOptionsHardwareAccelerators(LiteRtOptions, int accelerators);
int LiteRtCreateOpaqueOptions(const char *of, void *toml, void (*)(void *), LiteRtOpaqueOptions *);
int LiteRtAddOpaqueOptions(LiteRtOptions, LiteRtOpaqueOptions);
int LiteRtCreateCompiledModel(LiteRtEnvironment, LiteRtModel, LiteRtOptions, LiteRtCompiledModel *);
int LiteRtGetModelSignature(LiteRtModel, size_t, LiteRtSignature *);
int LiteRtGetSignatureInputTensorByIndex(LiteRtSignature, size_t, LiteRtTensor *);
int LiteRtGetSignatureOutputTensorByIndex(LiteRtSignature, size_t, LiteRtTensor *);
int LiteRtGetRankedTensorType(LiteRtTensor, LiteRtRankedTensorType *);
int LiteRtGetCompiledModelInputBufferRequirements(LiteRtCompiledModel, size_t signature, size_t,
                                                  LiteRtTensorBufferRequirements *);
int LiteRtGetCompiledModelOutputBufferRequirements(LiteRtCompiledModel, size_t signature, size_t,
                                                   LiteRtTensorBufferRequirements *);
int LiteRtCreateManagedTensorBufferFromRequirements(LiteRtEnvironment,
                                                    const LiteRtRankedTensorType *,
                                                    LiteRtTensorBufferRequirements,
                                                    LiteRtTensorBuffer *);
int LiteRtLockTensorBuffer(LiteRtTensorBuffer, void **memory, int how);
int LiteRtUnlockTensorBuffer(LiteRtTensorBuffer);
int LiteRtRunCompiledModel(LiteRtCompiledModel, size_t signature, size_t, LiteRtTensorBuffer *,
                           size_t, LiteRtTensorBuffer *);
void LiteRtDestroyTensorBuffer(LiteRtTensorBuffer);
void LiteRtDestroyCompiledModel(LiteRtCompiledModel);
void LiteRtDestroyOptions(LiteRtOptions);
void LiteRtDestroyModel(LiteRtModel);
void LiteRtDestroyEnvironment(LiteRtEnvironment);

#endif
