import type { RepositoryState } from "./repository-state.ts";

/** A repository as GitHub shows it. */
export function repositoryBody(repository: RepositoryState) {
  const { login, id, type } = repository.owner;
  return {
    id: repository.id,
    name: repository.name,
    full_name: repository.fullName,
    private: true,
    owner: { login, id, type },
    default_branch: repository.defaultBranch,
  };
}
