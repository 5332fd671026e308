"""Groups in a graph: the Leiden method with a penalty on size."""

import numpy as np
from scipy import sparse
from sknetwork.clustering import Louvain

from themes.space import Ints


def communities(graph: sparse.csr_matrix, resolution: float, seed: int) -> Ints:
    """Part a graph into groups (Traag et al. 2019, constant Potts model of Traag et al. 2011).

    The Potts model, unlike modularity, lets large and small groups stand side by side.

    Parameters
    ----------
    graph : sparse matrix of shape (N, N)
        Symmetric weights above 0.
    resolution : float
        Above 0; the larger, the more groups. A group that holds a share s of all texts lasts
        if its texts have more than resolution times s of their edge weight inside it, so the
        scale does not depend on N.
    seed : int
        Order in which nodes are tried.

    Returns
    -------
    int64 array of shape (N,)
        Group of each node, 0 for the largest.
    """
    method = Louvain(
        resolution=resolution, modularity="potts", shuffle_nodes=True, random_state=seed
    )
    labels: Ints = method.fit_predict(graph).astype(np.int64)
    return labels
