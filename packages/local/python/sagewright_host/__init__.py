"""The warm parent of SageMaker jobs: one process per environment, one fork per job."""
